#include "reports/typeset/finish.h"

#include <qpdf/qpdf-c.h>

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

// qpdf's C interface: its C++ headers do not compile as C++20 with clang and this standard library.
class Pdf {
 public:
  Pdf() : data_(qpdf_init()) {
    if (data_ == nullptr) throw Fault("qpdf cannot be started");
    qpdf_set_suppress_warnings(data_, QPDF_TRUE);
    qpdf_silence_errors(data_);
  }
  Pdf(const Pdf&) = delete;
  Pdf& operator=(const Pdf&) = delete;
  ~Pdf() { qpdf_cleanup(&data_); }
  qpdf_data get() const { return data_; }

  // After every step that can go wrong: a warning would be one in the finished document.
  void check(const char* step) {
    std::string what;
    if (qpdf_has_error(data_))
      what = qpdf_get_error_full_text(data_, qpdf_get_error(data_));
    else if (qpdf_more_warnings(data_))
      what = qpdf_get_error_full_text(data_, qpdf_next_warning(data_));
    if (!what.empty()) throw Fault(std::string("the pages cannot be finished: ") + step + ": " + what);
  }

 private:
  qpdf_data data_;
};

}  // namespace

std::string finish_pdf(const std::string& raw, const PdfMetadata& metadata) {
  Pdf pdf;
  auto* q = pdf.get();
  (void)qpdf_read_memory(q, "document", raw.data(), raw.size(), nullptr);
  pdf.check("reading");
  const auto trailer = qpdf_get_trailer(q);
  auto info = qpdf_oh_get_key(q, trailer, "/Info");
  if (!qpdf_oh_is_dictionary(q, info)) {
    info = qpdf_make_indirect_object(q, qpdf_oh_new_dictionary(q));
    qpdf_oh_replace_key(q, trailer, "/Info", info);
  }
  const auto words = [&](const char* key, const std::string& value) {
    qpdf_oh_replace_key(q, info, key, qpdf_oh_new_unicode_string(q, value.c_str()));
  };
  words("/Title", metadata.title);
  words("/Author", "Xunjian");
  words("/Creator", "Xunjian " XJ_VERSION);

  const auto root = qpdf_get_root(q);
  qpdf_oh_replace_key(q, root, "/Lang", qpdf_oh_new_string(q, metadata.lang == Lang::zh ? "zh-CN" : "en"));
  const auto viewer = qpdf_oh_new_dictionary(q);
  qpdf_oh_replace_key(q, viewer, "/DisplayDocTitle", qpdf_oh_new_bool(q, QPDF_TRUE));
  qpdf_oh_replace_key(q, root, "/ViewerPreferences", viewer);
  const auto stream = qpdf_oh_new_stream(q);
  const auto dictionary = qpdf_oh_get_dict(q, stream);
  qpdf_oh_replace_key(q, dictionary, "/Type", qpdf_oh_new_name(q, "/Metadata"));
  qpdf_oh_replace_key(q, dictionary, "/Subtype", qpdf_oh_new_name(q, "/XML"));
  const auto packet = xmp(metadata);
  const auto none = qpdf_oh_new_null(q);
  qpdf_oh_replace_stream_data(q, stream, reinterpret_cast<const unsigned char*>(packet.data()), packet.size(),
                              none, none);
  qpdf_oh_replace_key(q, root, "/Metadata", stream);
  pdf.check("metadata");

  (void)qpdf_init_write_memory(q);
  qpdf_set_deterministic_ID(q, QPDF_TRUE);
  qpdf_set_object_stream_mode(q, qpdf_o_generate);
  qpdf_set_compress_streams(q, QPDF_TRUE);
  (void)qpdf_write(q);
  pdf.check("writing");
  const auto* bytes = qpdf_get_buffer(q);
  return {reinterpret_cast<const char*>(bytes), qpdf_get_buffer_length(q)};
}

std::string finisher_id() { return std::string("qpdf ") + qpdf_get_qpdf_version(); }

}  // namespace xj::reports
