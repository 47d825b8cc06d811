#include "collector/ingest/submission.h"

#include <algorithm>

#include "collector/ingest/accepted.h"

namespace xj::collector {

std::variant<Submission, wire::Malformed> read_submission(std::string agent, std::string body, bool zstd) {
  Submission submission;
  submission.agent = std::move(agent);
  submission.body = std::move(body);
  submission.zstd = zstd;

  std::variant<std::string, wire::Malformed> plain;
  if (zstd) {
    plain = wire::inflate(submission.body);
    if (auto* bad = std::get_if<wire::Malformed>(&plain)) return std::move(*bad);
  }
  const auto text = zstd ? std::string_view(std::get<std::string>(plain)) : std::string_view(submission.body);
  submission.plain_bytes = text.size();
  auto decoded = wire::decode_batch(text);
  if (auto* bad = std::get_if<wire::Malformed>(&decoded)) return std::move(*bad);
  submission.decoded = std::move(std::get<wire::DecodedBatch>(decoded));
  const auto& results = submission.decoded.batch.results;
  submission.hashes.reserve(results.size());
  std::transform(results.begin(), results.end(), std::back_inserter(submission.hashes), content_hash);
  return submission;
}

Submission make_submission(std::string agent, wire::Batch batch) {
  Submission submission;
  submission.agent = std::move(agent);
  submission.body = wire::encode(batch);
  submission.plain_bytes = submission.body.size();
  submission.decoded.batch = std::move(batch);
  const auto& results = submission.decoded.batch.results;
  submission.hashes.reserve(results.size());
  std::transform(results.begin(), results.end(), std::back_inserter(submission.hashes), content_hash);
  return submission;
}

}  // namespace xj::collector
