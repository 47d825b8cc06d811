#include <sqlite3.h>

#include <cerrno>
#include <map>
#include <utility>
#include <vector>

#include "core/io/db.h"
#include "core/io/file.h"

namespace xj::io {
namespace {

constexpr int kBusyMs = 5'000;
constexpr std::size_t kCached = 128;  // statements kept; the product has fewer texts than that

std::string advice(int code, const std::string& path) {
  switch (code & 0xFF) {
    case SQLITE_FULL: return "the disk is full: free space on the file system of " + path;
    case SQLITE_IOERR: return "the disk reported an error or is full: look into the kernel log";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "the database is damaged: stop the program and restore " + path + " from a backup";
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY: return "check owner and mode of " + path + " and its folder";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another program holds " + path + ": is a second one running on the same folder?";
    default: return {};
  }
}

class CodedFault final : public DbFault {
 public:
  CodedFault(const std::string& what, std::string hint, int code)
      : DbFault(what, std::move(hint)), code_(code & 0xFF) {}
  int code() const { return code_; }

 private:
  int code_;
};

[[noreturn]] void fail(sqlite3* db, int code, const std::string& path, std::string_view doing) {
  std::string what =
      path + ": " + std::string(doing) + ": " + (db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code));
  const int extended = db != nullptr ? sqlite3_extended_errcode(db) : code;
  what += " (" + std::to_string(extended) + ")";
  throw CodedFault(what, advice(code, path), code);
}

// What SQLite is to open. Bytes that mean something in a URI are written as %XX.
std::string name_for(const std::string& path, DbMode mode) {
  if (mode == DbMode::scratch) return ":memory:";
  if (mode != DbMode::still) return path;
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      const auto byte = static_cast<unsigned char>(c);
      uri += '%', uri += kHex[byte >> 4], uri += kHex[byte & 15];
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

struct Close {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct Finalize {
  void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
};
using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;

class SqliteDb;

class SqliteStatement final : public Statement {
 public:
  SqliteStatement(SqliteDb& db, Prepared prepared, std::string sql)
      : db_(db), prepared_(std::move(prepared)), sql_(std::move(sql)) {}
  ~SqliteStatement() override;

  Statement& bind(std::string_view name, std::int64_t value) override {
    check(sqlite3_bind_int64(get(), parameter(name), value), "bind");
    return *this;
  }
  Statement& bind(std::string_view name, std::string_view value) override {
    // Never a null pointer: that would bind NULL instead of an empty text.
    const char* text = value.data() != nullptr ? value.data() : "";
    check(sqlite3_bind_text64(get(), parameter(name), text, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8),
          "bind");
    return *this;
  }
  Statement& bind_null(std::string_view name) override {
    check(sqlite3_bind_null(get(), parameter(name)), "bind");
    return *this;
  }
  bool step() override;
  std::int64_t int_at(int column) override {
    need_row(column);
    return sqlite3_column_int64(get(), column);
  }
  std::string text_at(int column) override {
    need_row(column);
    // The length tells, not the NUL: a text may hold one.
    const auto* text = sqlite3_column_text(get(), column);
    const int size = sqlite3_column_bytes(get(), column);
    return text != nullptr ? std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size))
                           : std::string();
  }
  bool null_at(int column) override {
    need_row(column);
    return sqlite3_column_type(get(), column) == SQLITE_NULL;
  }

 private:
  sqlite3_stmt* get() const { return prepared_.get(); }
  void check(int code, std::string_view doing) const;
  void need_row(int column) const {
    if (!row_ || column < 0 || column >= sqlite3_column_count(get()))
      throw std::logic_error("no column " + std::to_string(column) + " now in: " + sql_);
  }
  // Binding after a run starts the next one.
  int parameter(std::string_view name) {
    if (started_) {
      sqlite3_reset(get());
      started_ = row_ = false;
    }
    std::string full = name.starts_with(':') ? std::string(name) : ":" + std::string(name);
    const int index = sqlite3_bind_parameter_index(get(), full.c_str());
    if (index == 0) throw std::logic_error("no parameter " + full + " in: " + sql_);
    return index;
  }

  SqliteDb& db_;
  Prepared prepared_;
  std::string sql_;
  bool started_ = false, row_ = false;
};

class SqliteDb final : public Db {
 public:
  SqliteDb(const std::string& path, DbMode mode, const char* vfs) : path_(path) {
    const bool reads = mode == DbMode::read_only || mode == DbMode::still;
    const int flags = (reads ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                      (mode == DbMode::still ? SQLITE_OPEN_URI : 0) | SQLITE_OPEN_NOMUTEX |
                      SQLITE_OPEN_EXRESCODE;
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(name_for(path, mode).c_str(), &raw, flags, vfs);
    db_.reset(raw);
    if (code != SQLITE_OK) fail(raw, code, path_, "open");
    sqlite3_busy_timeout(raw, kBusyMs);
    // Text in double quotes is a mistake, never a string.
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    execute("PRAGMA foreign_keys=ON");
    if (mode == DbMode::scratch) return;
    if (reads) {
      execute("PRAGMA query_only=ON");
      return;
    }
    // FULL: a commit is on the disk when it returns. Checkpoints are SQLite's own, at 1,000 pages.
    execute("PRAGMA synchronous=FULL");
    const auto mode_now = prepare("PRAGMA journal_mode=WAL");
    if (!mode_now->step() || mode_now->text_at(0) != "wal")
      throw DbFault(path_ + ": cannot use write-ahead logging here", "put it on a local file system");
  }
  ~SqliteDb() override { cache_.clear(); }

  std::unique_ptr<Statement> prepare(std::string_view sql) override {
    std::string text(sql);
    if (const auto it = cache_.find(text); it != cache_.end()) {
      auto prepared = std::move(it->second);
      cache_.erase(it);
      return std::make_unique<SqliteStatement>(*this, std::move(prepared), std::move(text));
    }
    sqlite3_stmt* raw = nullptr;
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v3(db_.get(), text.data(), static_cast<int>(text.size()),
                                        SQLITE_PREPARE_PERSISTENT, &raw, &tail);
    Prepared prepared(raw);
    if (code != SQLITE_OK) fail(db_.get(), code, path_, text);
    if (raw == nullptr || std::string_view(tail).find_first_not_of(" \t\r\n;") != std::string_view::npos)
      throw std::logic_error("not exactly one statement: " + text);
    return std::make_unique<SqliteStatement>(*this, std::move(prepared), std::move(text));
  }

  void execute(std::string_view sql) override {
    const int code = sqlite3_exec(db_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(db_.get(), code, path_, sql.substr(0, 200));
  }
  // IMMEDIATE: a writer waits its turn here and not in the middle.
  void begin() override { prepare("BEGIN IMMEDIATE")->run(); }
  void commit() override { prepare("COMMIT")->run(); }
  void rollback() override {
    if (sqlite3_get_autocommit(db_.get()) == 0) prepare("ROLLBACK")->run();
  }
  std::int64_t changes() override { return sqlite3_changes64(db_.get()); }

  // A statement comes home; one that is already here under the same text goes.
  void keep(std::string sql, Prepared prepared) noexcept {
    sqlite3_reset(prepared.get());
    sqlite3_clear_bindings(prepared.get());
    try {
      if (cache_.size() < kCached) cache_.try_emplace(std::move(sql), std::move(prepared));
    } catch (...) {  // no memory for the cache: then without it
    }
  }
  [[noreturn]] void failed(int code, std::string_view doing) const { fail(db_.get(), code, path_, doing); }

 private:
  std::string path_;
  std::unique_ptr<sqlite3, Close> db_;
  std::map<std::string, Prepared, std::less<>> cache_;
};

SqliteStatement::~SqliteStatement() { db_.keep(std::move(sql_), std::move(prepared_)); }

void SqliteStatement::check(int code, std::string_view doing) const {
  if (code != SQLITE_OK) db_.failed(code, std::string(doing) + " in " + sql_);
}

bool SqliteStatement::step() {
  started_ = true;
  const int code = sqlite3_step(get());
  row_ = code == SQLITE_ROW;
  if (row_) return true;
  if (code == SQLITE_DONE) {
    // Reset at once, so that a finished statement holds no read transaction open.
    sqlite3_reset(get());
    started_ = false;
    return false;
  }
  sqlite3_reset(get());
  started_ = false;
  db_.failed(code, sql_);
}

}  // namespace

Transaction::~Transaction() {
  if (done_) return;
  try {
    db_.rollback();
  } catch (const Fault&) {
    // The fault that brought us here is the one to tell; SQLite undoes an open transaction by itself.
  }
}

std::unique_ptr<Db> open_sqlite(const std::string& path, DbMode mode, const char* vfs) {
  return std::make_unique<SqliteDb>(path, mode, vfs);
}

void copy_database(Db& db, const std::string& to) {
  db.execute("PRAGMA query_only=OFF");  // which forbids writing anywhere; a file opened to be read stays so
  auto into = db.prepare("vacuum into :copy");
  try {
    into->bind("copy", to).run();
  } catch (const CodedFault& fault) {
    // The database is only read: what is full or may not be written is where the copy goes, another disk
    // often.
    const int code = fault.code();
    if (code == SQLITE_FULL) throw IoFault("write", to, ENOSPC);
    if (code == SQLITE_CANTOPEN || code == SQLITE_PERM || code == SQLITE_READONLY)
      throw DbFault(fault.what(), advice(code, to));
    throw;
  }
}

}  // namespace xj::io
