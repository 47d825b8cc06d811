#pragma once
// A batch on its way from a session to the engine: read and checked as far as it can be without any state.
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/wire.h"

namespace xj::collector {

struct Submission {
  std::string agent;  // from the certificate
  std::string body;   // as received
  bool zstd = false;
  std::size_t plain_bytes = 0;  // of the body, unpacked: about what `decoded` takes
  wire::DecodedBatch decoded;
  std::vector<std::uint64_t> hashes;  // of decoded.batch.results, in order
};

// Pure, on any thread. `zstd`: the body is a zstd frame ("Content-Encoding: zstd").
std::variant<Submission, wire::Malformed> read_submission(std::string agent, std::string body, bool zstd);
// The same of a batch that is at hand: what read_submission makes of its encoded form.
Submission make_submission(std::string agent, wire::Batch batch);

}  // namespace xj::collector
