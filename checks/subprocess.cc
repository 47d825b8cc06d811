#include "checks/subprocess.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/guarded.h"

namespace xj::checks {
namespace {

Guarded<std::vector<pid_t>>& strays() {
  static Guarded<std::vector<pid_t>> list;
  return list;
}

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  void reset(int fd) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }
  int get() const { return fd_; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_ = -1;
};

[[noreturn]] void fail(const std::string& what, int error) {
  throw Fault(what + ": " + std::strerror(error));
}

// All that the child needs, made before the fork: between fork and exec only system calls are allowed.
struct ChildPlan {
  const char* program;
  char* const* argv;
  char* const* env;
  const char* cwd;
  int in, out, err;  // err -1: inherited
  int failure;       // where the error number goes when the program cannot be started; closed by exec
  pid_t parent;
  const SpawnOptions* options;
};

void limit(int resource, rlim_t value) {
  const struct rlimit r{value, value};
  ::setrlimit(static_cast<__rlimit_resource>(resource), &r);
}

[[noreturn]] void give_up(const ChildPlan& plan) {
  const int error = errno;
  [[maybe_unused]] const auto sent = ::write(plan.failure, &error, sizeof error);
  ::_exit(127);
}

[[noreturn]] void become_child(const ChildPlan& plan) {
  if (plan.options->own_group) ::setpgid(0, 0);
  // A parent that dies takes the child along; one that died already is nobody to work for.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != plan.parent) ::_exit(127);
  struct sigaction plain{};
  plain.sa_handler = SIG_DFL;
  for (int s = 1; s < 32; ++s) ::sigaction(s, &plain, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  limit(RLIMIT_CORE, 0);
  if (plan.options->cpu_seconds) limit(RLIMIT_CPU, *plan.options->cpu_seconds);
  if (plan.options->address_space) limit(RLIMIT_AS, *plan.options->address_space);
  // The descriptors are all above 2, so that none is overwritten before it is moved.
  if (::dup2(plan.in, 0) < 0 || ::dup2(plan.out, 1) < 0 || (plan.err >= 0 && ::dup2(plan.err, 2) < 0))
    give_up(plan);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (::chdir(plan.cwd) != 0) give_up(plan);
  ::execve(plan.program, plan.argv, plan.env);
  give_up(plan);
}

// vfork: the parent stands still until exec. A copy of the agent's page tables for each worker would cost
// more than the worker's own work. The sanitizers keep state of their own that a child must not share, so
// there it is fork, and nothing here may count on shared memory.
pid_t start(const ChildPlan& plan) {
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  const pid_t pid = ::fork();
#else
  const pid_t pid = ::vfork();
#endif
  if (pid == 0) become_child(plan);
  const int saved = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = saved;
  return pid;
}

// A descriptor above the standard ones, whatever this process has closed.
int above_standard(int fd) {
  if (fd > 2) return fd;
  const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  ::close(fd);
  return moved;
}

}  // namespace

std::vector<std::string> clean_environment() {
  return {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "HOME=/"};
}

Subprocess::Subprocess(const SpawnOptions& options)
    : own_group_(options.own_group), max_output_(options.max_output) {
  if (options.argv.empty() || !options.argv.front().starts_with('/'))
    throw Fault("a program must be given by its absolute path");
  std::array<int, 2> out{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0) fail("pipe", errno);
  Descriptor out_read(above_standard(out[0])), out_write(above_standard(out[1]));
  Descriptor in_child, in_parent;
  if (options.input) {
    // A socket pair: writing to one that has gone is an error, not a signal.
    std::array<int, 2> in{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in.data()) != 0) fail("socketpair", errno);
    in_child.reset(above_standard(in[0]));
    in_parent.reset(above_standard(in[1]));
    ::fcntl(in_parent.get(), F_SETFL, O_NONBLOCK);
  } else {
    in_child.reset(above_standard(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
    if (in_child.get() < 0) fail("/dev/null", errno);
  }
  ::fcntl(out_read.get(), F_SETFL, O_NONBLOCK);

  std::vector<char*> argv, env;
  for (const auto& a : options.argv) argv.push_back(const_cast<char*>(a.c_str()));
  for (const auto& e : options.env) env.push_back(const_cast<char*>(e.c_str()));
  argv.push_back(nullptr);
  env.push_back(nullptr);
  std::array<int, 2> failure{};
  if (::pipe2(failure.data(), O_CLOEXEC) != 0) fail("pipe", errno);
  Descriptor failure_read(above_standard(failure[0])), failure_write(above_standard(failure[1]));
  const ChildPlan plan{argv[0],
                       argv.data(),
                       env.data(),
                       options.cwd.c_str(),
                       in_child.get(),
                       out_write.get(),
                       options.merge_errors ? out_write.get() : -1,
                       failure_write.get(),
                       ::getpid(),
                       &options};
  pid_ = start(plan);
  if (pid_ < 0) fail("fork", errno);
  failure_write.reset(-1);
  int error = 0;
  ssize_t got = 0;
  do got = ::read(failure_read.get(), &error, sizeof error);  // ends when exec closes the other end
  while (got < 0 && errno == EINTR);
  if (got == sizeof error) {
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
    fail(options.argv.front(), error);
  }
  if (own_group_) ::setpgid(pid_, pid_);  // as the child does: whoever is first
  out_ = out_read.release();
  in_ = in_parent.release();
}

Subprocess::~Subprocess() {
  close_input();
  if (out_ >= 0) ::close(out_);
  if (pid_ <= 0 || status_) return;
  kill_group(SIGKILL);
  if (!reap()) strays().with([&](auto& list) { list.push_back(pid_); });
}

bool Subprocess::write(std::string_view& bytes) {
  while (!bytes.empty()) {
    if (in_ < 0) return false;
    const auto n = ::send(in_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void Subprocess::close_input() {
  if (in_ >= 0) ::close(in_);
  in_ = -1;
}

bool Subprocess::drain() {
  // A child that writes as fast as we read must not keep us from looking at the time.
  constexpr std::size_t kPiece = 1u << 20;
  std::array<char, 8192> buffer;
  std::size_t read_now = 0;
  while (out_ >= 0) {
    if (read_now >= kPiece) return false;
    const auto n = ::read(out_, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
    if (n <= 0) {
      ::close(out_);
      out_ = -1;
      break;
    }
    const auto got = static_cast<std::size_t>(n);
    read_now += got;
    const auto room = max_output_ - std::min(max_output_, output_.size());
    output_.append(buffer.data(), std::min(got, room));
    truncated_ = truncated_ || got > room;
  }
  return true;
}

void Subprocess::kill_group(int signal_number) {
  // Never after the leader was reaped: its number may be somebody else's by then.
  if (pid_ > 0 && !status_) ::kill(own_group_ ? -pid_ : pid_, signal_number);
}

std::optional<ExitStatus> Subprocess::reap() {
  if (status_ || pid_ <= 0) return status_;
  // What it left behind in its group goes with it, while the group's number is still its own.
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0)
    return std::nullopt;
  if (own_group_) ::kill(-pid_, SIGKILL);
  int status = 0;
  struct rusage usage{};
  pid_t got = 0;
  do got = ::wait4(pid_, &status, WNOHANG, &usage);
  while (got < 0 && errno == EINTR);
  if (got == 0) return std::nullopt;
  ExitStatus s;
  if (got > 0) {
    if (WIFEXITED(status)) s.code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) s.signal = WTERMSIG(status);
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    s.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  status_ = s;
  return status_;
}

std::size_t reap_strays() {
  return strays().with([](auto& list) {
    std::erase_if(list, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; });
    return list.size();
  });
}

}  // namespace xj::checks
