#include "collector/safety/survey_history.h"

#include <initializer_list>
#include <set>
#include <tuple>

#include "collector/safety/figures.h"

namespace xj::collector {
namespace {

// What is wrong with one file.
class FileSurvey {
 public:
  // `again`: a start makes it anew when it is not there.
  FileSurvey(const std::string& name, bool again, Findings& findings)
      : file_("history/" + name), again_(again), findings_(findings), before_(findings.size()) {}

  void tell(Message what, std::int64_t offset = -1, const char* mend = kFileMend) {
    findings_.push_back({file_, offset, {}, std::move(what), {mend, {}}});
  }
  BlockFile::Damage damage() {
    return [this](std::uint64_t offset, const std::string& what) {
      tell(damage_in_words(what), static_cast<std::int64_t>(offset));
    };
  }
  // Of what is whole, else it goes without saying.
  void compare(std::initializer_list<std::tuple<const char*, std::uint64_t, std::uint64_t>> figures) {
    if (!sound()) return;
    for (const auto& [what, in_manifest, in_file] : figures)
      if (in_manifest != in_file)
        tell({"safety.history.figure",
              {{"what", what},
               {"manifest", std::to_string(in_manifest)},
               {"found", std::to_string(in_file)}}});
  }
  // `look` throws what it cannot go on from.
  template <typename Look>
  void look(io::FileSystem& fs, const std::string& dir, Look look) {
    try {
      const auto path = dir + "/" + file_;
      if (fs.exists(path))
        look(path);
      else
        tell({"safety.history.missing", {}}, -1, again_ ? "safety.mend.itself" : kFileMend);
    } catch (const Fault& fault) {
      pass_on_unless_damage(fault);
      tell(damage_in_words(fault));
    }
  }
  bool sound() const { return findings_.size() == before_; }

 private:
  std::string file_;
  bool again_;
  Findings& findings_;
  std::size_t before_;
};

std::uint64_t as_figure(std::int64_t day) { return static_cast<std::uint64_t>(day); }

bool is_sound(io::FileSystem& fs, const std::string& dir, const HistoryFile& named, Findings& findings) {
  FileSurvey survey(named.name, false, findings);
  survey.look(fs, dir, [&](const std::string& path) {
    Segment segment(fs, path);
    const auto found = segment.survey(survey.damage());
    survey.compare({{"day", as_figure(named.day), as_figure(segment.day())},
                    {"bytes", named.figures.bytes, found.bytes},
                    {"rows", named.figures.rows, found.rows},
                    {"values", named.figures.values, found.values},
                    {"series", named.figures.series, found.series}});
  });
  return survey.sound();
}

// `again`: their samples are sound.
void survey_hours(io::FileSystem& fs, const std::string& dir, const HistorySummary& named, bool again,
                  Findings& findings) {
  FileSurvey survey(named.name, again, findings);
  survey.look(fs, dir, [&](const std::string& path) {
    SummaryFile file(fs, path);
    const auto found = file.survey(survey.damage());
    survey.compare({{"day", as_figure(named.day), as_figure(file.day())},
                    {"bytes", named.figures.bytes, found.bytes},
                    {"series", named.figures.series, found.series},
                    {"metrics", named.figures.metrics, found.metrics},
                    {"hours", named.figures.hours, found.hours}});
  });
}

}  // namespace

Findings survey_history(io::FileSystem& fs, const std::string& dir, const Manifest& manifest,
                        const Progress& progress) {
  Findings findings;
  const auto parts = parts_of(manifest);
  std::uint64_t done = 0;
  const auto read = [&](std::uint64_t bytes) {
    done += bytes;
    if (progress) progress(done, parts.bytes + parts.summary_bytes);
  };
  std::set<std::string> sound;
  for (const auto& file : manifest.files) {
    if (is_sound(fs, dir, file, findings)) sound.insert(file.name);
    read(file.figures.bytes);
  }
  for (const auto& summary : manifest.summaries) {
    survey_hours(fs, dir, summary, sound.count(summary.of) > 0, findings);
    read(summary.figures.bytes);
  }
  return findings;
}

}  // namespace xj::collector
