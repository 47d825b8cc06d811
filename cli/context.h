#pragma once
// What a command stands on, and the words all of them share.
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "cli/table.h"
#include "core/fault.h"
#include "core/io/http_client.h"
#include "core/json.h"
#include "core/time.h"

namespace xj::cli {

inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;  // or a configuration with errors

// Ends a command: what went wrong, and how to mend it.
class CommandFailed : public std::runtime_error {
 public:
  explicit CommandFailed(Message what, Message hint = {}, int code = kFailed)
      : std::runtime_error(render(what, Lang::en)),
        message(std::move(what)),
        mend(std::move(hint)),
        exit_code(code) {}
  Message message, mend;
  int exit_code;
};

struct Context {
  Context(std::ostream& to, std::ostream& errors, const Clock& now) : out(to), err(errors), clock(now) {}

  Lang lang = Lang::zh;
  bool json = false;
  bool colours = false;
  bool progress = false;  // long work says on `err` how far it is: only where that is a terminal
  bool unicode = true;    // the terminal's characters; without it curves are of ASCII
  int width = 0;          // of tables; 0: not limited, as in a pipe
  std::ostream& out;
  std::ostream& err;
  const Clock& clock;
  std::function<void(Duration)> pause = [](Duration time) { std::this_thread::sleep_for(time); };
  std::function<bool(const std::string& question)> confirm;  // a person's yes; empty: nobody is there to ask
  std::function<std::chrono::minutes(Timestamp)> machine_offset;  // of this machine's zone; without it UTC
  std::string server = "unix:/run/xunjian/collector.sock";
  std::string ca_file, token_file;
  std::string holidays_file;  // of this machine, used when it exists; empty: only what is built in
  std::function<std::unique_ptr<io::HttpClient>(const std::string& url, const io::TlsIdentity& tls)> connect;
  std::unique_ptr<io::HttpClient> client;  // made at the first request

  std::string t(std::string_view id) const { return text(id, lang); }
  std::string say(const Message& message) const { return render(message, lang); }
  void print(const Table& table) const { out << table.text(width, colours); }
  void print(const Json& json_value) const { out << json_value.pretty() << '\n'; }

  // Throw CommandFailed with the collector's own words, or with why it cannot be reached.
  Json get(const std::string& target);
  bool exists(const std::string& target);  // false on 404
  Json post(const std::string& target, const Json& body);
  std::string get_raw(const std::string& target);  // the body as it is
};

// "office oa" → "office%20oa", for a segment of a path or a value of a query.
std::string url_part(std::string_view text);
// {"a": x, "b": ""} → "?a=x": empty ones are left out.
std::string query(const std::vector<std::pair<std::string, std::string>>& values);

// "a, b", or "a、b".
std::string joined(const Context& context, const std::vector<std::string>& all);
// From the API's JSON back to words.
Message message_of(const Json& json);
std::string words(const Context& context, const Json& message);
std::string title_of(const Context& context, const Json& title, std::string_view fallback);
Cell state_cell(const Context& context, std::string_view state);    // ok, warning, …, missing
Cell status_cell(const Context& context, std::string_view status);  // of a case, in one or two words

// Text on as many lines as the terminal needs: `first` before the first of them, `rest` before the others.
void paragraph(const Context& context, std::ostream& to, std::string_view text, std::string_view first = {},
               std::string_view rest = {}, Colour colour = Colour::none);

// "[######    ] 60%" on `err`, where `context.progress` says that it is looked at.
class Bar {
 public:
  explicit Bar(Context& context) : context_(context) {}
  void at(std::uint64_t done, std::uint64_t total);
  void end();  // and on to the next line

 private:
  Context& context_;
  int shown_ = -1;  // of a hundred
};

// The times of one answer in one zone: the contract's, which the collector writes them in. What belongs to no
// contract comes in UTC and is shown in that zone too, else in the single contract's, else in this machine's.
// Where contracts of several zones meet, every time carries its own.
class Times {
 public:
  Times(Context& context, const Json& answer);   // looks at every time in it; may ask for the contracts
  std::string shown(const Json& iso) const;      // "11-20 16:30:00"
  std::string title(std::string_view id) const;  // a column's, with the zone where it is not this machine's

 private:
  Context& context_;
  std::chrono::minutes offset_{0};
  bool several_ = false, foreign_ = false;
};
std::string ago(const Context& context, const Json& iso);   // "3m", against the clock here
std::string left(const Context& context, const Json& iso);  // "12m", or "-3m" when it has passed

// CONTRACT/NUMBER as given, or the one contract that has the number.
struct CaseName {
  std::string contract, number;
  std::string target() const { return "/api/v1/cases/" + url_part(contract) + '/' + url_part(number); }
};
CaseName find_case(Context& context, const std::string& given);
// Who put a record down: by name, or by the id of a person whom the contract knows no more.
std::string actor_of(const Json& record);
// The contract named before the "/", or the only one there is.
std::pair<std::string, std::string> in_contract(Context& context, const std::string& given);

void write_file(const std::string& path, const std::string& bytes);

}  // namespace xj::cli
