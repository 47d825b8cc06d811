#include "agent/enroll.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ostream>

#include "agent/uplink.h"
#include "core/io/pki.h"
#include "core/json.h"

namespace xj::agent {
namespace {

// An enrolment is typed by root, the agent runs as somebody else: the folder says as whom.
void give_to_owner_of_folder(const std::string& file) {
  struct stat folder{};
  if (::geteuid() != 0 || ::stat(io::parent_dir(file).c_str(), &folder) != 0) return;
  if (::chown(file.c_str(), folder.st_uid, folder.st_gid) != 0) throw io::IoFault("chown", file, errno);
}

std::string hex_only(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ':') out += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

}  // namespace

int enroll(const EnrollOptions& options, io::FileSystem& fs, std::ostream& out, std::ostream& err,
           Lang lang) {
  const auto fail = [&](int code, const Message& message) {
    err << render(message, lang) << '\n';
    return code;
  };
  const auto token = io::parse_token(options.token);
  if (!token) return fail(2, {"agent.enroll.token", {}});
  const auto target = io::parse_http_url(options.collector);
  if (!target) return fail(2, {"io.http.url", {{"url", options.collector}}});
  const auto pin = options.ca_sha256.empty() ? token->ca_sha256 : hex_only(options.ca_sha256);
  if (pin.size() != 64 || pin.find_first_not_of("0123456789abcdef") != pin.npos)
    return fail(2, {"agent.enroll.fingerprint", {{"value", options.ca_sha256}}});

  try {
    for (const auto* file : {&options.ca_file, &options.cert_file, &options.key_file})
      fs.make_dirs(io::parent_dir(*file));
    const auto key = io::make_key();
    Json body;
    body.set("token", options.token).set("csr", io::make_request(key, ""));
    io::HttpRequest request;
    request.method = "POST";
    request.target = "/v1/enroll";
    request.headers = {{"Content-Type", "application/json"}};
    request.body = body.dump();
    io::TlsIdentity tls;
    tls.pinned_ca_sha256 = pin;
    const auto result = io::make_http_client(options.collector, tls)->send(request, options.timeout);
    if (const auto* error = std::get_if<io::HttpError>(&result)) return fail(1, error->message);
    const auto& response = std::get<io::HttpResponse>(result);
    if (response.status != 200) return fail(1, refusal_of(response));
    const auto parsed = parse_json(response.body, {.depth = 8, .bytes = 256u << 10});
    const auto* json = std::get_if<Json>(&parsed);
    const auto certificate = json != nullptr ? (*json)["certificate"].string_or("") : "";
    const auto ca = json != nullptr ? (*json)["ca"].string_or("") : "";
    const auto info = io::read_certificate(certificate);
    if (io::read_certificate(ca).sha256 != pin || !io::signed_by(certificate, ca) ||
        !io::key_matches(key, certificate))
      return fail(1, {"agent.enroll.mismatch", {{"host", options.collector}}});

    fs.remove(options.cert_file);
    io::write_secret(options.key_file, key);
    io::write_whole(fs, options.ca_file, ca);
    give_to_owner_of_folder(options.key_file);
    give_to_owner_of_folder(options.ca_file);
    io::write_whole(fs, options.cert_file, certificate);
    give_to_owner_of_folder(options.cert_file);
    out << render({"agent.enroll.done",
                   {{"name", info.name}, {"until", to_iso(info.not_after)}, {"file", options.cert_file}}},
                  lang)
        << '\n';
    return 0;
  } catch (const Fault& fault) {
    return fail(1, {"agent.enroll.failed", {{"detail", fault.what()}}});
  }
}

}  // namespace xj::agent
