#include "reports/form.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "core/embedded.h"
#include "reports/render.h"

namespace xj {
std::span<const EmbeddedFile> embedded_forms();  // made by xj_embed
}

namespace xj::reports {
namespace {

constexpr std::size_t kMostFile = 4u << 20;

bool safe_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_';
         });
}

std::string read(const std::filesystem::path& path, Problems& problems) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (!error && size > kMostFile) {
    problems.push_back(
        {{path.string(), 0, 0}, {"reports.template_large", {{"limit", std::to_string(kMostFile)}}}});
    return {};
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  if (in) out << in.rdbuf();
  if (error || !in) {
    const auto why = error ? error : std::make_error_code(std::errc::io_error);
    problems.push_back({{path.string(), 0, 0}, {"reports.form_file", {{"what", why.message()}}}});
  }
  return out.str();
}

std::string embedded(std::string_view name, std::string_view file) {
  for (const auto& f : embedded_forms())
    if (f.name == std::string(name) + '/' + std::string(file)) return std::string(f.bytes);
  return {};
}

// Of a form that brings none of its own: all papers about a case look alike.
std::string shared_style() { return embedded("shared", "papers.css"); }

}  // namespace

std::vector<std::string> built_in_forms() {
  std::vector<std::string> out;
  for (const auto& f : embedded_forms())
    if (f.name.ends_with("/manifest.json")) out.emplace_back(f.name.substr(0, f.name.find('/')));
  std::sort(out.begin(), out.end());
  return out;
}

FormPtr make_form(std::string_view name, const FormFiles& files, Problems& problems) {
  Problems found;
  auto manifest =
      std::make_shared<Manifest>(parse_manifest(files.manifest, files.where + "manifest.json", found));
  if (!has_errors(found) && manifest->form != name)
    found.push_back({{files.where + "manifest.json", 0, 0},
                     {"reports.form_name", {{"name", manifest->form}, {"folder", std::string(name)}}}});
  // A template cannot be judged against a manifest that is wrong itself; the style sheet can.
  std::optional<Template> content;
  if (!has_errors(found))
    content = Template::parse(files.content, files.where + "form.xhtml", *manifest, found);
  auto sheet = StyleSheet::parse(files.style, files.where + "style.css", found);
  const bool good = !has_errors(found) && content.has_value();
  problems.insert(problems.end(), found.begin(), found.end());
  if (!good) return nullptr;
  // Lengths between the parts, so that no byte can move from one file to the next unseen.
  const auto hash =
      sha256_hex(std::to_string(files.manifest.size()) + ' ' + std::to_string(files.content.size()) + ' ' +
                 files.manifest + files.content + files.style);
  return std::make_shared<const Form>(
      Form{std::string(name), std::move(manifest), std::move(*content), files.style, std::move(sheet), hash});
}

FormPtr load_form(std::string_view name, std::span<const std::filesystem::path> search_dirs,
                  Problems& problems) {
  if (safe_name(name)) {
    for (const auto& dir : search_dirs) {
      const auto folder = dir / std::string(name);
      std::error_code error;
      if (!std::filesystem::is_directory(folder, error)) continue;
      FormFiles files;
      files.where = folder.string() + '/';
      const auto before = problems.size();
      files.manifest = read(folder / "manifest.json", problems);
      files.content = read(folder / "form.xhtml", problems);
      files.style = std::filesystem::exists(folder / "style.css", error)
                        ? read(folder / "style.css", problems)
                        : shared_style();
      return problems.size() > before ? nullptr : make_form(name, files, problems);
    }
    if (auto manifest = embedded(name, "manifest.json"); !manifest.empty()) {
      auto style = embedded(name, "style.css");
      if (style.empty()) style = shared_style();
      return make_form(
          name,
          {std::string(name) + '/', std::move(manifest), embedded(name, "form.xhtml"), std::move(style)},
          problems);
    }
  }
  std::string known;
  for (const auto& form : built_in_forms()) known += (known.empty() ? "" : ", ") + form;
  problems.push_back({{}, {"reports.form_unknown", {{"name", std::string(name)}, {"known", known}}}});
  return nullptr;
}

const Manifest& manifest_of(const Form& form) { return *form.manifest; }

Document fill(const Form& form, const Json& facts) {
  auto problems = facts_problems(*form.manifest, facts);
  if (has_errors(problems)) {
    if (problems.size() > 5) problems.resize(5);
    throw Fault("the facts do not fit the form " + form.name, render(problems, Lang::en));
  }
  return form.content.fill(facts);
}

}  // namespace xj::reports
