#include "collector/api/json_views.h"
#include "collector/api/reply.h"
#include "collector/sheet_desk.h"
#include "core/io/log.h"
#include "reports/render.h"

namespace xj::collector {
namespace {

http::Response render(const Document& document, const std::string& format,
                      const std::vector<std::filesystem::path>& form_dirs) {
  http::Response response;
  try {
    Problems problems;
    const auto form = reports::load_form(document.form, form_dirs, problems);
    if (form == nullptr) {
      log::error("document {}/{}: {}", document.contract, document.number, render(problems, Lang::en));
      return refusal(500, "form", {"collector.api.form", {{"form", document.form}}});
    }
    const auto facts = parse_json(document.facts);
    if (!std::holds_alternative<Json>(facts)) return http::error_response(500, "internal", "");
    if (format == "pdf") {
      response.content_type = "application/pdf";
      response.body = reports::render_pdf(*form, std::get<Json>(facts));
    } else {
      response.content_type = "text/html; charset=utf-8";
      response.body = reports::render_html(*form, std::get<Json>(facts));
      // Nothing in a document is run or fetched, whatever a form's author wrote.
      response.headers.emplace_back("Content-Security-Policy",
                                    "default-src 'none'; style-src 'unsafe-inline'; img-src data:");
    }
  } catch (const std::exception& e) {
    log::error("document {}/{} as {}: {}", document.contract, document.number, format, e.what());
    return refusal(500, "form", {"collector.api.form", {{"form", document.form}}});
  }
  return response;
}

}  // namespace

std::vector<http::Route> document_routes(Services& services) {
  const auto list = [](Pipeline& pipeline, const http::Request& request, Timestamp) {
    const auto limit = query_number(request, "limit", 100, 1, 10'000);
    if (!limit) return bad_query("limit", "1-10000");
    return json_reply(
        documents_view(pipeline, query_text(request, "contract"), static_cast<std::size_t>(*limit)));
  };
  // The engine only looks the facts up; setting the pages is not its work.
  const auto one = [&services](http::Request request, http::Done done) {
    auto format = query_text(request, "format");
    if (format.empty()) format = "facts";
    if (format != "facts" && format != "html" && format != "pdf")
      return done(bad_query("format", "facts, html, pdf"));
    const auto n = query_number(request, "n", -1, 0, 1'000'000'000);
    if (!n) return done(bad_query("n", "0-1000000000"));
    const bool posted =
        services.engine.post([&services, request = std::move(request), done, format, n](Pipeline& pipeline) {
          const auto& contract = request.params.at("contract");
          const auto& number = request.params.at("number");
          std::optional<Document> document;
          try {
            document = document_now(pipeline, contract, number,
                                    *n < 0 ? std::nullopt : std::optional(static_cast<std::uint32_t>(*n)));
          } catch (const std::exception& e) {
            log::error("document {}/{}: {}", contract, number, e.what());
            return done(http::error_response(500, "internal", ""));
          }
          if (!document)
            return done(refusal(404, "no_document",
                                {"collector.api.no_document", {{"contract", contract}, {"number", number}}}));
          if (format == "facts") {
            http::Response response;
            response.body = document->facts;
            response.headers.emplace_back("ETag", '"' + document->hash + '"');
            return done(std::move(response));
          }
          const bool taken = services.background([&services, document = std::move(*document), format, done] {
            done(render(document, format, services.form_dirs));
          });
          if (!taken) done(busy());
        });
    if (!posted) done(busy());
  };
  return {
      {http::Access::people, "GET", "/api/v1/documents", on_engine(services, list)},
      {http::Access::people, "GET", "/api/v1/documents/{contract}/{number}", one},
  };
}

}  // namespace xj::collector
