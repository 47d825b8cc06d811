#include "reports/typeset/pdf.h"

#include <cairo-pdf.h>
#include <librsvg/rsvg.h>
#include <pango/pango.h>

#include <memory>

#include "core/fault.h"
#include "reports/typeset/finish.h"
#include "reports/typeset/layout.h"
#include "reports/typeset/paint.h"

namespace xj::reports {
namespace {

void characters_of(const Node& node, std::set<char32_t>& out) {
  // U+FFFD for what is no UTF-8, as Pango shows it.
  for (const char* p = node.text.c_str(); *p != '\0';) {
    const auto c = g_utf8_get_char_validated(p, -1);
    if (c == static_cast<gunichar>(-1) || c == static_cast<gunichar>(-2)) {
      out.insert(0xFFFD);
      ++p;
    } else {
      out.insert(c);
      p = g_utf8_next_char(p);
    }
  }
  for (const auto& child : node.children) characters_of(child, out);
}

struct Running {
  const Node* node = nullptr;
  const Style* style = nullptr;
  bool rest = false;  // not on the first page
};

Running running(const Document& document, Cascade& cascade, const Style* body, std::string_view tag) {
  const auto* node = document.body.child(tag);
  if (node == nullptr) return {};
  return {node, cascade.style(body, *node), node->attribute("data-pages") == "rest"};
}

cairo_status_t collect(void* out, const unsigned char* data, unsigned int size) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(data), size);
  return CAIRO_STATUS_SUCCESS;
}

void check(cairo_status_t status) {
  if (status != CAIRO_STATUS_SUCCESS)
    throw Fault(std::string("the pages cannot be written: ") + cairo_status_to_string(status));
}

}  // namespace

std::string to_pdf(const Document& document, const StyleSheet& sheet,
                   std::span<const std::filesystem::path> font_dirs) {
  std::set<char32_t> characters;
  characters_of(document.body, characters);
  for (char32_t digit = '0'; digit <= '9'; ++digit) characters.insert(digit);
  characters.insert(U'永');
  TextSetter text(Fonts::for_text(font_dirs, characters), document.lang);
  Cascade cascade(sheet);
  Layout layout(cascade, text);

  Node html;
  html.tag = "html";
  const auto* root = cascade.style(nullptr, html);
  const auto* body = cascade.style(root, document.body);
  const auto& page = sheet.page;
  const double width = page.width - page.margin[kLeft] - page.margin[kRight];
  const double height = page.height - page.margin[kTop] - page.margin[kBottom];
  auto box = layout.block(document.body, body, width);
  box.open_top = box.open_bottom = true;  // the page's margins are all there is around it
  arrange(box);
  const auto pages = paginate(std::move(box), height);
  const auto header = running(document, cascade, body, "header");
  const auto footer = running(document, cascade, body, "footer");

  std::string raw;
  std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface(
      cairo_pdf_surface_create_for_stream(collect, &raw, page.width, page.height), cairo_surface_destroy);
  check(cairo_surface_status(surface.get()));
  const auto made = to_iso(std::chrono::floor<std::chrono::seconds>(document.made), document.zone);
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE, made.c_str());
  std::unique_ptr<cairo_t, decltype(&cairo_destroy)> cairo(cairo_create(surface.get()), cairo_destroy);
  // One structure element around all: without any, cairo 1.16 writes an xref that qpdf finds damaged.
  cairo_tag_begin(cairo.get(), "Document", nullptr);
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const Counters counters{i + 1, pages.size()};
    if (header.node != nullptr && !(header.rest && i == 0)) {
      const auto head = layout.block(*header.node, header.style, width, counters);
      const double y = page.margin[kTop] - header.style->margin[kBottom] - head.height;
      paint(cairo.get(), head, page.margin[kLeft], std::max(12.0, y));
    }
    paint(cairo.get(), pages[i], page.margin[kLeft], page.margin[kTop]);
    if (footer.node != nullptr && !(footer.rest && i == 0)) {
      const auto foot = layout.block(*footer.node, footer.style, width, counters);
      paint(cairo.get(), foot, page.margin[kLeft],
            page.height - page.margin[kBottom] + footer.style->margin[kTop]);
    }
    if (i + 1 == pages.size()) cairo_tag_end(cairo.get(), "Document");
    cairo_show_page(cairo.get());
    check(cairo_status(cairo.get()));
  }
  cairo.reset();
  cairo_surface_finish(surface.get());
  check(cairo_surface_status(surface.get()));
  return finish_pdf(raw, {document.title, document.lang, made});
}

std::string typesetter_id(std::span<const std::filesystem::path> font_dirs) {
  return "fonts " + Fonts::for_text(font_dirs, {})->id() + "; pango " + pango_version_string() + "; cairo " +
         cairo_version_string() + "; librsvg " LIBRSVG_VERSION "; " + finisher_id();
}

}  // namespace xj::reports

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define XJ_LEAK_CHECK
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define XJ_LEAK_CHECK
#endif
#ifdef XJ_LEAK_CHECK
// cairo 1.16 keeps 1.5 KiB of each document's tags for ever, fontconfig some of the system's configuration;
// neither can be given back from here, and their frames have no pointers to name a narrower place by.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libcairo\nleak:libfontconfig\n"; }
#endif
