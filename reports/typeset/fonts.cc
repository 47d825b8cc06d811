#include "reports/typeset/fonts.h"

#include <fontconfig/fontconfig.h>

#include <algorithm>
#include <map>

#include "core/fault.h"
#include "core/guarded.h"

namespace xj::reports {
namespace {

std::vector<std::string> files_in(std::span<const std::filesystem::path> dirs) {
  std::vector<std::string> out;
  for (const auto& dir : dirs) {
    std::error_code error;
    for (std::filesystem::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
      const auto kind = it->path().extension();
      if (kind == ".ttf" || kind == ".otf" || kind == ".ttc") out.push_back(it->path().string());
    }
    // The first folder that has any decides, as with programs on a path.
    if (!out.empty()) break;
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Characters that have no picture of their own or that Pango draws without a font.
bool invisible(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x2064) || c == 0xfeff;
}

}  // namespace

Fonts::~Fonts() {
  if (config_ != nullptr) FcConfigDestroy(config_);
}

std::shared_ptr<const Fonts> Fonts::open(const std::vector<std::string>& files, bool system) {
  std::shared_ptr<Fonts> out(new Fonts);
  out->config_ = system ? FcInitLoadConfigAndFonts() : FcConfigCreate();
  if (out->config_ == nullptr) throw Fault("fontconfig cannot be started");
  for (const auto& file : files)
    if (!FcConfigAppFontAddFile(out->config_, reinterpret_cast<const FcChar8*>(file.c_str())))
      throw Fault("the font file " + file + " cannot be read", "remove it or fetch it again");
  // Pango ends the process when it finds no font at all.
  const auto* of_system = FcConfigGetFonts(out->config_, FcSetSystem);
  if (files.empty() && (of_system == nullptr || of_system->nfont == 0))
    throw Fault("there are no fonts to set documents in",
                "run packaging/fetch-fonts.sh or install fonts-noto-cjk");
  std::set<std::string> names;
  if (const auto* set = FcConfigGetFonts(out->config_, FcSetApplication))
    for (int i = 0; i < set->nfont; ++i) {
      FcChar8* name = nullptr;
      int version = 0;
      FcPatternGetString(set->fonts[i], FC_FULLNAME, 0, &name);
      FcPatternGetInteger(set->fonts[i], FC_FONTVERSION, 0, &version);
      if (name != nullptr)
        names.insert(reinterpret_cast<const char*>(name) + (' ' + std::to_string(version)));
    }
  for (const auto& name : names) out->id_ += (out->id_.empty() ? "" : ", ") + name;
  if (system) out->id_ += out->id_.empty() ? "system" : ", system";
  return out;
}

bool Fonts::cover(const std::set<char32_t>& characters) const {
  const auto* set = FcConfigGetFonts(config_, FcSetApplication);
  return std::all_of(characters.begin(), characters.end(), [&](char32_t c) {
    if (invisible(c)) return true;
    for (int i = 0; set != nullptr && i < set->nfont; ++i) {
      FcCharSet* chars = nullptr;
      if (FcPatternGetCharSet(set->fonts[i], FC_CHARSET, 0, &chars) == FcResultMatch &&
          FcCharSetHasChar(chars, c))
        return true;
    }
    return false;
  });
}

std::shared_ptr<const Fonts> Fonts::for_text(std::span<const std::filesystem::path> dirs,
                                             const std::set<char32_t>& characters) {
  struct Opened {
    std::map<std::pair<std::vector<std::string>, bool>, std::shared_ptr<const Fonts>> sets;
  };
  static Guarded<Opened> opened;
  const auto files = files_in(dirs);
  return opened.with([&](Opened& all) {
    const auto get = [&](bool system) {
      auto& slot = all.sets[{files, system}];
      if (!slot) slot = open(files, system);
      return slot;
    };
    if (!files.empty())
      if (auto own = get(false); own->cover(characters)) return own;
    return get(true);
  });
}

std::vector<std::filesystem::path> default_font_dirs() {
  std::vector<std::filesystem::path> out;
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) out.push_back((self.parent_path() / "../../fonts").lexically_normal());
  out.emplace_back("/usr/share/xunjian/fonts");
  return out;
}

}  // namespace xj::reports
