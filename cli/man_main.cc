// xunjian-man PAGE LANG DATE [HELP...]: a man page on standard output; xunjian-man completion: for bash. Part
// of the build, not installed. HELP are files with what the program prints for --help.
#include <fstream>
#include <iostream>
#include <sstream>

#include "cli/man.h"

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 1 && words[0] == "completion") {
    std::cout << xj::cli::bash_completion();
    return std::cout.flush().good() ? 0 : 1;
  }
  const bool known = words.size() >= 3 && (words[1] == "zh" || words[1] == "en") &&
                     (words[0] == "cli" || words[0] == "agent" || words[0] == "collector");
  if (!known) {
    std::cerr << "xunjian-man cli|agent|collector zh|en DATE [HELP...], or completion\n";
    return 2;
  }
  const auto lang = words[1] == "zh" ? xj::Lang::zh : xj::Lang::en;
  std::vector<std::string> helps;
  for (std::size_t i = 3; i < words.size(); ++i) {
    std::ifstream in(words[i], std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    if (!in || text.str().empty()) {
      std::cerr << words[i] << " cannot be read\n";
      return 1;
    }
    helps.push_back(text.str());
  }
  std::cout << (words[0] == "cli" ? xj::cli::man_page(lang, words[2])
                                  : xj::cli::man_page_of(words[0], helps, lang, words[2]));
  return std::cout.flush().good() ? 0 : 1;
}
