#pragma once
// A fault that people run into, in words of every language; `what()` and `hint()` are the English ones.
#include <utility>

#include "core/fault.h"

namespace xj {

class SaidFault : public Fault {
 public:
  explicit SaidFault(Message said, Message mend = {})
      : Fault(render(said, Lang::en), mend.empty() ? std::string{} : render(mend, Lang::en)),
        said_(std::move(said)),
        mend_(std::move(mend)) {}
  const Message& said() const noexcept { return said_; }
  const Message& mend() const noexcept { return mend_; }

 private:
  Message said_, mend_;
};

}  // namespace xj
