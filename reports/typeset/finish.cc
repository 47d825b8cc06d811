#include "reports/typeset/finish.h"

// qpdf 11 asks which pointers its users mean: the standard ones.
#define POINTERHOLDER_TRANSITION 4
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFLogger.hh>
#include <qpdf/QPDFObjectHandle.hh>
#include <qpdf/QPDFWriter.hh>

#include "core/fault.h"

namespace xj::reports {
namespace {

void xml(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (static_cast<unsigned char>(c) >= 0x20)
      out += c;
  }
}

std::string xmp(const PdfMetadata& metadata) {
  std::string out =
      "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF "
      "xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
      "<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
      "xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\">"
      "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">";
  xml(out, metadata.title);
  out +=
      "</rdf:li></rdf:Alt></dc:title><dc:creator><rdf:Seq><rdf:li>Xunjian</rdf:li></rdf:Seq></dc:creator>"
      "<dc:language><rdf:Bag><rdf:li>";
  out += metadata.lang == Lang::zh ? "zh-CN" : "en";
  out += "</rdf:li></rdf:Bag></dc:language><xmp:CreateDate>";
  xml(out, metadata.made);
  out += "</xmp:CreateDate><xmp:CreatorTool>Xunjian " XJ_VERSION
         "</xmp:CreatorTool></rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>";
  return out;
}

}  // namespace

std::string finish_pdf(const std::string& raw, const PdfMetadata& metadata) {
  try {
    QPDF pdf;
    pdf.setSuppressWarnings(true);
    pdf.processMemoryFile("document", raw.data(), raw.size());
    if (pdf.anyWarnings()) throw Fault("the pages were written damaged");
    auto info = pdf.getTrailer().getKey("/Info");
    if (!info.isDictionary()) {
      info = pdf.makeIndirectObject(QPDFObjectHandle::newDictionary());
      pdf.getTrailer().replaceKey("/Info", info);
    }
    info.replaceKey("/Title", QPDFObjectHandle::newUnicodeString(metadata.title));
    info.replaceKey("/Author", QPDFObjectHandle::newUnicodeString("Xunjian"));
    info.replaceKey("/Creator", QPDFObjectHandle::newUnicodeString("Xunjian " XJ_VERSION));
    auto root = pdf.getRoot();
    root.replaceKey("/Lang", QPDFObjectHandle::newString(metadata.lang == Lang::zh ? "zh-CN" : "en"));
    auto viewer = QPDFObjectHandle::newDictionary();
    viewer.replaceKey("/DisplayDocTitle", QPDFObjectHandle::newBool(true));
    root.replaceKey("/ViewerPreferences", viewer);
    auto stream = QPDFObjectHandle::newStream(&pdf, xmp(metadata));
    stream.getDict().replaceKey("/Type", QPDFObjectHandle::newName("/Metadata"));
    stream.getDict().replaceKey("/Subtype", QPDFObjectHandle::newName("/XML"));
    root.replaceKey("/Metadata", stream);

    QPDFWriter writer(pdf);
    writer.setOutputMemory();
    writer.setDeterministicID(true);
    writer.setObjectStreamMode(qpdf_o_generate);
    writer.setCompressStreams(true);
    writer.write();
    auto buffer = writer.getBufferSharedPointer();
    return {reinterpret_cast<const char*>(buffer->getBuffer()), buffer->getSize()};
  } catch (const Fault&) {
    throw;
  } catch (const std::exception& error) {
    throw Fault(std::string("the pages cannot be finished: ") + error.what());
  }
}

std::string finisher_id() { return "qpdf " + QPDF::QPDFVersion(); }

}  // namespace xj::reports
