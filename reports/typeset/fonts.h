#pragma once
// Which fonts a document is set in. Files shipped with the product are used alone while they hold every
// character of the document: that is fast, small and the same on every machine. Else the system's fonts join
// them.
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

struct _FcConfig;

namespace xj::reports {

class Fonts {
 public:
  Fonts(const Fonts&) = delete;
  Fonts& operator=(const Fonts&) = delete;
  ~Fonts();

  // Any thread. Fonts found in `dirs` are opened once for the life of the process.
  static std::shared_ptr<const Fonts> for_text(std::span<const std::filesystem::path> dirs,
                                               const std::set<char32_t>& characters);
  // Names and versions, for renderer_id; "system" when the system's are in use.
  const std::string& id() const { return id_; }
  _FcConfig* config() const { return config_; }

 private:
  Fonts() = default;
  static std::shared_ptr<const Fonts> open(const std::vector<std::string>& files, bool system);
  bool cover(const std::set<char32_t>& characters) const;

  _FcConfig* config_ = nullptr;
  std::string id_;
};

// Beside the program (../../fonts, as the build tree has it), then /usr/share/xunjian/fonts.
std::vector<std::filesystem::path> default_font_dirs();

}  // namespace xj::reports
