#include "tests/fakes/power_cut_vfs.h"

#include <sqlite3.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <vector>

namespace xj::fakes {
namespace {

struct VfsFile;

// What connections to one file share: locks, and the shared memory of write-ahead logging, which no power cut
// survives and no connection outlives.
struct Shared {
  std::set<VfsFile*> readers;
  VfsFile* reserved = nullptr;
  VfsFile* pending = nullptr;
  VfsFile* exclusive = nullptr;
  std::vector<std::unique_ptr<std::array<char, 32'768>>> regions;
  std::array<std::set<VfsFile*>, SQLITE_SHM_NLOCK> shm_readers;
  std::array<VfsFile*, SQLITE_SHM_NLOCK> shm_writer{};
};

struct VfsFile : sqlite3_file {
  std::unique_ptr<io::File> file;
  io::FileSystem* fs = nullptr;
  std::shared_ptr<Shared> shared;
  std::string path;
  bool remove_at_close = false;
  bool sync_folder = false;  // made here: the first sync makes its name durable too, as SQLite's own VFS does
  int level = SQLITE_LOCK_NONE;
};

VfsFile& self(sqlite3_file* file) { return *static_cast<VfsFile*>(file); }

// SQLite is C: nothing may be thrown through it.
template <typename Work>
int guarded(int on_fault, Work work) {
  try {
    return work();
  } catch (const io::IoFault& fault) {
    return fault.disk_full() ? SQLITE_FULL : on_fault;
  } catch (const std::exception&) {
    return on_fault;
  }
}

int x_close(sqlite3_file* f) {
  VfsFile& file = self(f);
  const int code = guarded(SQLITE_OK, [&] {
    if (file.remove_at_close) file.fs->remove(file.path);
    return SQLITE_OK;
  });
  file.~VfsFile();
  return code;
}

int x_read(sqlite3_file* f, void* into, int size, sqlite3_int64 offset) {
  return guarded(SQLITE_IOERR_READ, [&] {
    const auto n = self(f).file->read_at(static_cast<std::uint64_t>(offset), static_cast<char*>(into),
                                         static_cast<std::size_t>(size));
    if (n == static_cast<std::size_t>(size)) return SQLITE_OK;
    std::memset(static_cast<char*>(into) + n, 0, static_cast<std::size_t>(size) - n);
    return SQLITE_IOERR_SHORT_READ;
  });
}

int x_write(sqlite3_file* f, const void* from, int size, sqlite3_int64 offset) {
  return guarded(SQLITE_IOERR_WRITE, [&] {
    self(f).file->write_at(static_cast<std::uint64_t>(offset),
                           {static_cast<const char*>(from), static_cast<std::size_t>(size)});
    return SQLITE_OK;
  });
}

int x_truncate(sqlite3_file* f, sqlite3_int64 size) {
  return guarded(SQLITE_IOERR_TRUNCATE, [&] {
    self(f).file->truncate(static_cast<std::uint64_t>(size));
    return SQLITE_OK;
  });
}

int x_sync(sqlite3_file* f, int) {
  return guarded(SQLITE_IOERR_FSYNC, [&] {
    VfsFile& file = self(f);
    file.file->sync_data();
    if (file.sync_folder) {
      file.fs->sync_dir(io::parent_dir(file.path));
      file.sync_folder = false;
    }
    return SQLITE_OK;
  });
}

int x_file_size(sqlite3_file* f, sqlite3_int64* size) {
  return guarded(SQLITE_IOERR_FSTAT, [&] {
    *size = static_cast<sqlite3_int64>(self(f).file->size());
    return SQLITE_OK;
  });
}

int x_lock(sqlite3_file* f, int wanted) {
  VfsFile& file = self(f);
  Shared& s = *file.shared;
  if (file.level >= wanted) return SQLITE_OK;
  const auto others = [&](const VfsFile* holder) { return holder != nullptr && holder != &file; };
  if (wanted == SQLITE_LOCK_SHARED) {
    if (others(s.pending) || others(s.exclusive)) return SQLITE_BUSY;
    s.readers.insert(&file);
  } else if (wanted == SQLITE_LOCK_RESERVED) {
    if (others(s.reserved) || others(s.pending) || others(s.exclusive)) return SQLITE_BUSY;
    s.reserved = &file;
  } else {
    if (others(s.reserved) || others(s.pending) || others(s.exclusive)) return SQLITE_BUSY;
    s.pending = &file;
    file.level = SQLITE_LOCK_PENDING;
    if (wanted == SQLITE_LOCK_EXCLUSIVE) {
      if (s.readers.size() > (s.readers.contains(&file) ? 1U : 0U)) return SQLITE_BUSY;
      s.exclusive = &file;
    }
  }
  file.level = wanted;
  return SQLITE_OK;
}

int x_unlock(sqlite3_file* f, int wanted) {
  VfsFile& file = self(f);
  Shared& s = *file.shared;
  for (auto* holder : {&s.reserved, &s.pending, &s.exclusive})
    if (*holder == &file) *holder = nullptr;
  if (wanted == SQLITE_LOCK_NONE) s.readers.erase(&file);
  file.level = wanted;
  return SQLITE_OK;
}

int x_check_reserved(sqlite3_file* f, int* held) {
  const Shared& s = *self(f).shared;
  *held = s.reserved != nullptr || s.pending != nullptr || s.exclusive != nullptr ? 1 : 0;
  return SQLITE_OK;
}

int x_file_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int x_sector_size(sqlite3_file*) { return 512; }
int x_characteristics(sqlite3_file*) { return 0; }  // neither atomic writes nor safe appends are promised

int x_shm_map(sqlite3_file* f, int index, int size, int extend, void volatile** out) {
  Shared& s = *self(f).shared;
  *out = nullptr;
  if (size > 32'768) return SQLITE_IOERR_SHMMAP;
  while (s.regions.size() <= static_cast<std::size_t>(index)) {
    if (extend == 0) return SQLITE_OK;
    s.regions.push_back(std::make_unique<std::array<char, 32'768>>());
  }
  *out = s.regions[static_cast<std::size_t>(index)]->data();
  return SQLITE_OK;
}

int x_shm_lock(sqlite3_file* f, int offset, int count, int flags) {
  VfsFile& file = self(f);
  Shared& s = *file.shared;
  const auto from = static_cast<std::size_t>(offset), to = from + static_cast<std::size_t>(count);
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    for (auto i = from; i < to; ++i) {
      s.shm_readers[i].erase(&file);
      if (s.shm_writer[i] == &file) s.shm_writer[i] = nullptr;
    }
    return SQLITE_OK;
  }
  for (auto i = from; i < to; ++i) {
    if (s.shm_writer[i] != nullptr && s.shm_writer[i] != &file) return SQLITE_BUSY;
    if (exclusive && s.shm_readers[i].size() > (s.shm_readers[i].contains(&file) ? 1U : 0U))
      return SQLITE_BUSY;
  }
  for (auto i = from; i < to; ++i) {
    if (exclusive)
      s.shm_writer[i] = &file;
    else
      s.shm_readers[i].insert(&file);
  }
  return SQLITE_OK;
}

void x_shm_barrier(sqlite3_file*) {}

int x_shm_unmap(sqlite3_file* f, int) {
  VfsFile& file = self(f);
  Shared& s = *file.shared;
  for (auto& readers : s.shm_readers) readers.erase(&file);
  for (auto& writer : s.shm_writer)
    if (writer == &file) writer = nullptr;
  if (file.shared.use_count() == 1) s.regions.clear();
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods = {2,
                                     x_close,
                                     x_read,
                                     x_write,
                                     x_truncate,
                                     x_sync,
                                     x_file_size,
                                     x_lock,
                                     x_unlock,
                                     x_check_reserved,
                                     x_file_control,
                                     x_sector_size,
                                     x_characteristics,
                                     x_shm_map,
                                     x_shm_lock,
                                     x_shm_barrier,
                                     x_shm_unmap,
                                     nullptr,
                                     nullptr};

}  // namespace

struct PowerCutVfs::Impl {
  io::FileSystem& fs;
  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;  // for time and randomness
  std::map<std::string, std::weak_ptr<Shared>> shared;
  int temporary = 0;

  explicit Impl(io::FileSystem& f) : fs(f) {}
  static Impl& of(sqlite3_vfs* vfs) { return *static_cast<Impl*>(vfs->pAppData); }

  static int x_open(sqlite3_vfs* v, const char* name, sqlite3_file* into, int flags, int* flags_out) {
    Impl& impl = of(v);
    into->pMethods = nullptr;
    return guarded(SQLITE_CANTOPEN, [&] {
      const std::string path = name != nullptr ? name : "/tmp-" + std::to_string(++impl.temporary);
      const bool existed = impl.fs.exists(path);
      if (!existed && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
      auto opened =
          impl.fs.open(path, (flags & SQLITE_OPEN_READONLY) != 0 ? io::OpenMode::read : io::OpenMode::create);
      auto* file = new (into) VfsFile();
      file->file = std::move(opened);
      file->fs = &impl.fs;
      file->path = path;
      file->remove_at_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
      file->sync_folder = !existed && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
      file->shared = impl.shared[path].lock();
      if (!file->shared) impl.shared[path] = file->shared = std::make_shared<Shared>();
      file->pMethods = &kMethods;
      if (flags_out != nullptr) *flags_out = flags;
      return SQLITE_OK;
    });
  }
  static int x_delete(sqlite3_vfs* v, const char* name, int sync_folder) {
    return guarded(SQLITE_IOERR_DELETE, [&] {
      Impl& impl = of(v);
      if (!impl.fs.exists(name)) return SQLITE_IOERR_DELETE_NOENT;
      impl.fs.remove(name);
      if (sync_folder != 0) impl.fs.sync_dir(io::parent_dir(name));
      return SQLITE_OK;
    });
  }
  static int x_access(sqlite3_vfs* v, const char* name, int, int* yes) {
    return guarded(SQLITE_IOERR_ACCESS, [&] {
      *yes = of(v).fs.exists(name) ? 1 : 0;
      return SQLITE_OK;
    });
  }
  static int x_full_path(sqlite3_vfs*, const char* name, int size, char* into) {
    sqlite3_snprintf(size, into, "%s", name);
    return SQLITE_OK;
  }
  static int x_randomness(sqlite3_vfs* v, int size, char* into) {
    return of(v).real->xRandomness(of(v).real, size, into);
  }
  static int x_sleep(sqlite3_vfs*, int microseconds) { return microseconds; }  // nobody else runs
  static int x_time(sqlite3_vfs* v, double* now) { return of(v).real->xCurrentTime(of(v).real, now); }
  static int x_last_error(sqlite3_vfs*, int, char*) { return 0; }
};

PowerCutVfs::PowerCutVfs(io::FileSystem& fs, std::string name)
    : name_(std::move(name)), impl_(std::make_unique<Impl>(fs)) {
  auto& vfs = impl_->vfs;
  impl_->real = sqlite3_vfs_find(nullptr);
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(VfsFile);
  vfs.mxPathname = 512;
  vfs.zName = name_.c_str();
  vfs.pAppData = impl_.get();
  vfs.xOpen = Impl::x_open;
  vfs.xDelete = Impl::x_delete;
  vfs.xAccess = Impl::x_access;
  vfs.xFullPathname = Impl::x_full_path;
  vfs.xRandomness = Impl::x_randomness;
  vfs.xSleep = Impl::x_sleep;
  vfs.xCurrentTime = Impl::x_time;
  vfs.xGetLastError = Impl::x_last_error;
  if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) throw std::runtime_error("cannot register VFS " + name_);
}

PowerCutVfs::~PowerCutVfs() { sqlite3_vfs_unregister(&impl_->vfs); }

}  // namespace xj::fakes
