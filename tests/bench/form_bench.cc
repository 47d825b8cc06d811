// What the inspection sheet costs: CPU seconds and peak memory of a process that renders it once, as the
// command line does, and the bytes of the PDF; with the fonts shipped beside the program and with the
// system's. One JSON line a figure. Names without a suffix are the shipped fonts' when present, else the
// system's, and form_shipped_fonts says which: each has aims of its own.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "reports/form.h"
#include "reports/render.h"
#include "reports/typeset/fonts.h"
#include "reports/typeset/pdf.h"
#include "tests/fakes/places.h"

namespace {

using namespace xj;
using namespace xj::reports;

struct Cost {
  double cpu_s = 0;
  double rss_mib = 0;
  double pdf_kib = 0;
};

Json facts(const std::string& name) {
  std::ifstream in(source_dir() + "/tests/fixtures/facts/software-inspection-" + name + ".json");
  std::ostringstream text;
  text << in.rdbuf();
  auto parsed = parse_json(text.str());
  if (!std::holds_alternative<Json>(parsed)) throw Fault("the fixture cannot be read");
  return std::get<Json>(parsed);
}

// In a child of its own: peak memory cannot be reset, and a first rendering is what a person waits for.
Cost once(const std::string& fixture, bool own_fonts) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw Fault("pipe");
  const pid_t child = fork();
  if (child < 0) throw Fault("fork");
  if (child == 0) {
    close(ends[0]);
    try {
      Problems problems;
      const auto form = load_form("software-inspection", {}, problems);
      if (!form) _exit(2);
      const auto document = fill(*form, facts(fixture));
      const auto dirs = own_fonts ? default_font_dirs() : std::vector<std::filesystem::path>{};
      const std::size_t size = to_pdf(document, form->sheet, dirs).size();
      _exit(write(ends[1], &size, sizeof size) == sizeof size ? 0 : 3);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "form_bench: %s\n", error.what());
      _exit(1);
    }
  }
  close(ends[1]);
  std::size_t size = 0;
  const bool got = read(ends[0], &size, sizeof size) == sizeof size;
  close(ends[0]);
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) != child || status != 0 || !got) throw Fault("a rendering failed");
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return {seconds(usage.ru_utime) + seconds(usage.ru_stime), static_cast<double>(usage.ru_maxrss) / 1024,
          static_cast<double>(size) / 1024};
}

// The median of nine; memory and bytes do not vary.
Cost measure(const std::string& fixture, bool own_fonts) {
  std::vector<Cost> runs;
  for (int i = 0; i < 9; ++i) runs.push_back(once(fixture, own_fonts));
  std::sort(runs.begin(), runs.end(), [](const Cost& a, const Cost& b) { return a.cpu_s < b.cpu_s; });
  return runs[runs.size() / 2];
}

void print(const std::string& suffix, const Cost& cost) {
  const auto line = [&](const char* name, double value, const char* unit) {
    std::printf("{\"name\":\"%s%s\",\"value\":%.4g,\"unit\":\"%s\"}\n", name, suffix.c_str(), value, unit);
  };
  line("form_cpu_s", cost.cpu_s, "s");
  line("form_peak_rss_mib", cost.rss_mib, "MiB");
  line("form_pdf_kib", cost.pdf_kib, "KiB");
}

}  // namespace

int main() {
  try {
    const bool own = Fonts::for_text(default_font_dirs(), {})->id().find("system") == std::string::npos;
    std::printf("{\"name\":\"form_shipped_fonts\",\"value\":%d,\"unit\":\"\"}\n", own ? 1 : 0);
    print("", measure("normal", own));
    print("_large", measure("large", own));
    if (own) print("_system_fonts", measure("normal", false));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "form_bench: %s\n", error.what());
    return 1;
  }
}
