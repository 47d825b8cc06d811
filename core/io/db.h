#pragma once
// The narrow SQL seam: SQLite today, PostgreSQL by one more file. One SQL text serves both; parameters are
// named `:name`; times are int64 milliseconds; enums and payloads are text.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/fault.h"

namespace xj::io {

class DbFault : public Fault {
 public:
  using Fault::Fault;
};

// One prepared statement, reset by its destructor or the next run(). Borrowed from its Db.
class Statement {
 public:
  virtual ~Statement() = default;
  virtual Statement& bind(std::string_view name, std::int64_t value) = 0;
  virtual Statement& bind(std::string_view name, std::string_view value) = 0;
  virtual Statement& bind_null(std::string_view name) = 0;
  virtual bool step() = 0;  // true while there is a row
  virtual std::int64_t int_at(int column) = 0;
  virtual std::string text_at(int column) = 0;
  virtual bool null_at(int column) = 0;
  void run() {
    while (step()) {
    }
  }
};

// Owned by one thread.
class Db {
 public:
  virtual ~Db() = default;
  virtual std::unique_ptr<Statement> prepare(std::string_view sql) = 0;  // cached by text
  virtual void execute(std::string_view sql) = 0;  // any number of statements, no parameters
  virtual void begin() = 0;
  virtual void commit() = 0;  // durable when it returns
  virtual void rollback() = 0;
  virtual std::int64_t changes() = 0;
};

// Rolls back unless commit() was reached.
class Transaction {
 public:
  explicit Transaction(Db& db) : db_(db) { db_.begin(); }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() { db_.commit(), done_ = true; }

 private:
  Db& db_;
  bool done_ = false;
};

// still: of a file that nobody changes and that has no write-ahead log: read without a lock, and without a
// byte written beside it. scratch: in memory, gone with the Db; the path is not looked at.
enum class DbMode { read_write, read_only, still, scratch };
// WAL, synchronous=FULL, foreign keys on, busy timeout. `vfs` names a registered SQLite VFS (tests), else
// null.
std::unique_ptr<Db> open_sqlite(const std::string& path, DbMode mode = DbMode::read_write,
                                const char* vfs = nullptr);

// What the database holds at one instant, as a new file without a write-ahead log. Others may write
// meanwhile. Not synced. A full disk is an IoFault that names `to`.
void copy_database(Db& db, const std::string& to);

}  // namespace xj::io
