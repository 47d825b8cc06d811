#include "core/text.h"

namespace xj::texts {

std::span<const TextEntry> knowledge_texts();
std::span<const TextEntry> knowledge_texts() {
  static constexpr TextEntry table[] = {
      {"knowledge.help.find", "what earlier cases taught: entries that hold all of these words",
       "查找以往案例：列出包含全部所给词语的知识条目"},
      {"knowledge.help.show", "an entry whole, with its revisions", "查看知识条目全文及修订记录"},
      {"knowledge.help.edit", "write an entry's title, cause, course or method anew",
       "改写知识条目的标题、原因、经过或方法"},
      {"knowledge.help.approve", "say that an entry is right and complete", "审定知识条目"},
      {"knowledge.help.withdraw", "an entry that is not to be found any more", "撤下知识条目，不再列出"},
      {"knowledge.arg.word",
       "word, or part of one from its beginning; of Chinese any characters side by side",
       "词语；中文为任意相邻字，西文可只写开头"},
      {"knowledge.arg.number",
       "number of the case it was drafted from, CONTRACT/NUMBER where several have it",
       "来源案件编号；多份合同有同号时写作 合同/编号"},
      {"knowledge.opt.system", "only of this system", "仅此系统"},
      {"knowledge.opt.state", "draft, approved or withdrawn; without it all but those withdrawn",
       "draft、approved 或 withdrawn；默认列出未撤下的"},
      {"knowledge.opt.title", "what it is about, in a line", "标题"},
      {"knowledge.opt.cause", "what was wrong", "原因"},
      {"knowledge.opt.course", "how it went", "经过"},
      {"knowledge.opt.method", "what helped", "处理方法"},
      {"knowledge.state.draft", "draft", "草稿"},
      {"knowledge.state.approved", "approved", "已审定"},
      {"knowledge.state.withdrawn", "withdrawn", "已撤下"},
      {"knowledge.field.cause", "cause", "原因"},
      {"knowledge.field.course", "course", "经过"},
      {"knowledge.field.method", "method", "处理方法"},
      {"knowledge.blank", "nothing yet", "尚未填写"},
      {"knowledge.by_itself", "at closing", "结案时生成"},
      {"knowledge.empty", "The knowledge base has no entry yet: one is drafted when a case is closed.",
       "知识库尚无条目：案件结案时自动起草。"},
      {"knowledge.nothing", "No entry holds all of these words.", "没有条目包含全部这些词语。"},
      {"knowledge.more", "There are more: name more words, or raise --limit.",
       "还有更多：请增加词语，或调大 --limit。"},
      {"knowledge.col.title", "what", "标题"},
      {"knowledge.col.method", "what helped", "处理方法"},
      {"knowledge.col.n", "no", "修订"},
      {"knowledge.col.at", "at", "时间"},
      {"knowledge.col.who", "who", "人员"},
      {"knowledge.col.why", "why", "说明"},
      {"knowledge.edited", "{id}: revision {n} is kept, a draft until it is approved",
       "{id}：已保存第 {n} 版，审定前为草稿"},
      {"knowledge.approved", "{id}: revision {n}, approved", "{id}：第 {n} 版，已审定"},
      {"knowledge.withdrawn", "{id}: revision {n}, withdrawn", "{id}：第 {n} 版，已撤下"},
      {"knowledge.none_of_case",
       "case {id} of contract {contract} has no entry in the knowledge base: one is drafted when a case "
       "whose kind "
       "has \"knowledge\" in the contract is closed",
       "合同 {contract} 的案件 {id} 没有知识条目：合同中设有 knowledge 的种类，案件结案时自动起草"},
      {"knowledge.refuse.approved", "{id} is approved already", "{id} 已审定"},
      {"knowledge.refuse.role", "only {role} may approve an entry", "只有{role}可以审定知识条目"},
      {"knowledge.refuse.blank",
       "{id} says nothing of its {what} yet: write it with knowledge edit --{option}",
       "{id} 尚未填写{what}：请用 knowledge edit --{option} 填写"},
      {"knowledge.refuse.title", "an entry needs a title", "知识条目须有标题"},
      {"knowledge.refuse.same", "nothing of {id} would change", "{id} 没有任何改动"},
      {"knowledge.refuse.long", "a text is longer than {most} bytes", "文字超过 {most} 字节"},
      {"knowledge.refuse.withdrawn", "{id} is withdrawn already", "{id} 已撤下"},
      {"knowledge.refuse.why", "say why it is withdrawn", "请说明撤下的原因"},
  };
  return table;
}

}  // namespace xj::texts
