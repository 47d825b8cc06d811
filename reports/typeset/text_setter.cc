#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>

#include <algorithm>
#include <cmath>

#include "core/fault.h"
#include "reports/typeset/layout.h"

namespace xj::reports {
namespace {

template <typename T>
std::shared_ptr<T> adopt(T* object) {
  if (object == nullptr) throw Fault("Pango cannot be started");
  return std::shared_ptr<T>(object, [](T* o) { g_object_unref(o); });
}

int units(double points) { return static_cast<int>(std::lround(points * PANGO_SCALE)); }

struct DescriptionFree {
  void operator()(PangoFontDescription* d) const { pango_font_description_free(d); }
};
using Description = std::unique_ptr<PangoFontDescription, DescriptionFree>;

Description description(const Style& style) {
  Description out(pango_font_description_new());
  std::string families;
  for (const char c : style.families)
    if (c != '"' && c != '\'') families += c;
  pango_font_description_set_family(out.get(), families.c_str());
  pango_font_description_set_size(out.get(), units(style.font_size));
  pango_font_description_set_weight(out.get(), static_cast<PangoWeight>(style.weight));
  return out;
}

guint16 channel(double value) { return static_cast<guint16>(std::lround(value * 65535)); }

}  // namespace

TextSetter::TextSetter(std::shared_ptr<const Fonts> fonts, Lang lang) : fonts_(std::move(fonts)) {
  map_ = adopt(pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT));
  pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(map_.get()), 72);
  pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(map_.get()), fonts_->config());
  context_ = adopt(pango_font_map_create_context(map_.get()));
  pango_context_set_language(context_.get(), pango_language_from_string(lang == Lang::zh ? "zh-cn" : "en"));
  pango_context_set_base_dir(context_.get(), PANGO_DIRECTION_LTR);
  // On paper there are no pixels to round to.
  pango_context_set_round_glyph_positions(context_.get(), FALSE);
  std::unique_ptr<cairo_font_options_t, decltype(&cairo_font_options_destroy)> options(
      cairo_font_options_create(), cairo_font_options_destroy);
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options(context_.get(), options.get());
}

std::pair<double, double> TextSetter::metrics(const Style* style) {
  if (const auto found = metrics_.find(style); found != metrics_.end()) return found->second;
  auto layout = adopt(pango_layout_new(context_.get()));
  const auto font = description(*style);
  pango_layout_set_font_description(layout.get(), font.get());
  pango_layout_set_text(layout.get(), "永", -1);
  PangoRectangle logical;
  pango_layout_get_extents(layout.get(), nullptr, &logical);
  const double ascent =
      static_cast<double>(pango_layout_get_baseline(layout.get()) - logical.y) / PANGO_SCALE;
  const double height = static_cast<double>(logical.height) / PANGO_SCALE;
  return metrics_[style] = {ascent, height - ascent};
}

std::shared_ptr<const Paragraph> TextSetter::set(const std::vector<Run>& runs, const Style* base,
                                                 double width) {
  // Only plain words: a mixed paragraph hardly ever comes twice.
  const bool plain = runs.size() == 1 && runs[0].style == base && runs[0].text.size() <= 64;
  if (!plain) return make(runs, base, width);
  auto& slot = known_[{base, width, runs[0].text}];
  if (!slot) slot = make(runs, base, width);
  return slot;
}

std::shared_ptr<const Paragraph> TextSetter::make(const std::vector<Run>& runs, const Style* base,
                                                  double width) {
  auto out = std::make_shared<Paragraph>();
  out->layout = adopt(pango_layout_new(context_.get()));
  auto* layout = out->layout.get();
  const auto font = description(*base);
  pango_layout_set_font_description(layout, font.get());
  pango_layout_set_width(layout, base->nowrap ? -1 : std::max(units(1), units(width)));
  pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_indent(layout, units(base->indent));
  pango_layout_set_justify(layout, base->align == Align::justify);
  // Alignment needs a width; lines that may not wrap are moved below.
  pango_layout_set_alignment(layout, base->align == Align::center  ? PANGO_ALIGN_CENTER
                                     : base->align == Align::right ? PANGO_ALIGN_RIGHT
                                                                   : PANGO_ALIGN_LEFT);
  std::string text;
  auto* attributes = pango_attr_list_new();
  double height = base->font_size * base->line_height;
  const auto add = [&](PangoAttribute* attribute, std::size_t from) {
    attribute->start_index = static_cast<guint>(from);
    attribute->end_index = static_cast<guint>(text.size());
    pango_attr_list_insert(attributes, attribute);
  };
  for (const auto& run : runs) {
    const auto from = text.size();
    text += run.text;
    const auto& style = *run.style;
    const bool same_font = style.families == base->families && style.font_size == base->font_size &&
                           style.weight == base->weight;
    if (!same_font) add(pango_attr_font_desc_new(description(style).get()), from);
    if (!(style.color == base->color))
      add(pango_attr_foreground_new(channel(style.color.r), channel(style.color.g), channel(style.color.b)),
          from);
    // A background of the block itself is painted with its box.
    if (style.background && &style != base && style.display == Display::inline_ && !style.tag.empty())
      add(pango_attr_background_new(channel(style.background->r), channel(style.background->g),
                                    channel(style.background->b)),
          from);
    if (style.letter_spacing != 0) add(pango_attr_letter_spacing_new(units(style.letter_spacing)), from);
    height = std::max(height, style.font_size * style.line_height);
  }
  // A name cut at the edge of a cell gets no hyphen: it would read as part of it.
  auto* hyphens = pango_attr_insert_hyphens_new(FALSE);
  add(hyphens, 0);
  pango_layout_set_text(layout, text.data(), static_cast<int>(text.size()));
  pango_layout_set_attributes(layout, attributes);
  pango_attr_list_unref(attributes);

  const auto [ascent, descent] = metrics(base);
  out->line_height = height;
  out->baseline = (height - ascent - descent) / 2 + ascent;
  auto* lines = pango_layout_get_iter(layout);
  do {
    PangoRectangle logical;
    pango_layout_iter_get_line_extents(lines, nullptr, &logical);
    double x = static_cast<double>(logical.x) / PANGO_SCALE;
    if (base->nowrap) {
      const double spare = width - static_cast<double>(logical.width) / PANGO_SCALE;
      x = base->align == Align::center ? spare / 2 : base->align == Align::right ? spare : 0;
    }
    out->lines.push_back({pango_layout_iter_get_line_readonly(lines), x});
  } while (pango_layout_iter_next_line(lines));
  pango_layout_iter_free(lines);
  return out;
}

}  // namespace xj::reports
