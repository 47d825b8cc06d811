#pragma once
// From facts to a document people print and sign. A form is a folder: manifest.json, form.xhtml, style.css;
// the product's own are compiled in, clients bring theirs by folder. docs/documents.md describes the files.
// All functions may be called from any thread; a loaded Form is immutable and may be shared.
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/fault.h"
#include "core/json.h"
#include "reports/facts.h"

namespace xj::reports {

struct Form;  // reports/form.h
using FormPtr = std::shared_ptr<const Form>;

// Looks for a folder `name` in `search_dirs`, in their order, then among the forms compiled in. Everything
// wrong with its files is in `problems`; null when there is an error or no such form.
FormPtr load_form(std::string_view name, std::span<const std::filesystem::path> search_dirs,
                  Problems& problems);
// Names of the forms compiled in.
std::vector<std::string> built_in_forms();
const Manifest& manifest_of(const Form& form);

// Both throw Fault when the facts do not fit the form: call facts_problems first to show all that is wrong.
// One self-contained file: the filled tree with the style sheet in it.
std::string render_html(const Form& form, const Json& facts);
// The same tree set on pages; the same bytes for the same facts, form and renderer_id().
std::string render_pdf(const Form& form, const Json& facts);

// What decides the bytes: program version, hash of the form's files, fonts, library versions; a fact
// "renderer" may hold it.
std::string renderer_id(const Form& form);

}  // namespace xj::reports
