#pragma once
// Batches as our own agents write them, read without a grammar: nearly all that a collector reads is such,
// and telling tokens apart was a fifth of what taking it cost. Not for other parts: they use core/wire.h.
#include <optional>
#include <string_view>
#include <variant>

#include "core/wire.h"

namespace xj::wire {

// Nothing where anything is otherwise than encode() writes it, right or wrong, or a name has an escape in it:
// then the grammar's reader has the word. What comes back is what that one gives.
std::optional<Batch> read_plain(std::string_view json);

// decode_batch() without it: what the two are held against each other by.
std::variant<DecodedBatch, Malformed> decode_by_grammar(std::string_view json);

}  // namespace xj::wire
