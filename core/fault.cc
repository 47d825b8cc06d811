#include "core/fault.h"

#include <algorithm>

namespace xj {

bool has_errors(const Problems& problems) {
  return std::any_of(problems.begin(), problems.end(), [](const Problem& p) { return !p.warning; });
}

std::string render(const Problems& problems, Lang lang) {
  std::vector<const Problem*> sorted;
  for (const auto& p : problems) sorted.push_back(&p);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Problem* a, const Problem* b) { return a->place < b->place; });
  std::string out;
  for (const auto* p : sorted) {
    out += p->place.file;
    if (p->place.line > 0) out += ':' + std::to_string(p->place.line) + ':' + std::to_string(p->place.column);
    if (!p->place.file.empty()) out += ": ";
    if (p->warning) out += text("core.warning", lang) + ' ';
    out += render(p->what, lang) + '\n';
  }
  return out;
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, wrong.size() / 3) + 1;
  for (const auto& candidate : known) {
    // Edit distance with swaps of neighbours, three rows.
    const std::size_t width = candidate.size() + 1;
    std::vector<std::size_t> before(width), last(width), row(width);
    for (std::size_t j = 0; j < width; ++j) last[j] = j;
    for (std::size_t i = 1; i <= wrong.size(); ++i) {
      row[0] = i;
      for (std::size_t j = 1; j < width; ++j) {
        const bool same = wrong[i - 1] == candidate[j - 1];
        row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
        if (i > 1 && j > 1 && wrong[i - 1] == candidate[j - 2] && wrong[i - 2] == candidate[j - 1])
          row[j] = std::min(row[j], before[j - 2] + 1);
      }
      before.swap(last);
      last.swap(row);
    }
    if (last[width - 1] < best_distance) best_distance = last[width - 1], best = candidate;
  }
  return best;
}

}  // namespace xj
