#pragma once
// Time as values. Everything in the product is told the time; only the top of a program owns a Clock.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xj {

using Duration = std::chrono::milliseconds;
using Timestamp = std::chrono::sys_time<Duration>;  // 64-bit milliseconds, UTC

// Monotonic instants, for deadlines and back-off; never stored, never sent.
using MonoTime = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// Borrowed by whoever needs it; must outlive its users. Implementations are safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
  virtual MonoTime mono() const = 0;
};

class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
  MonoTime mono() const override;
};

// Stands still until told; for tests and the simulator. Not safe to set from several threads.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : now_(start) {}
  Timestamp now() const override { return now_; }
  MonoTime mono() const override { return mono_; }
  void advance(Duration by) { now_ += by, mono_ += by; }
  // A step of the wall clock alone, as an operator or NTP makes it.
  void step_wall(Duration by) { now_ += by; }

 private:
  Timestamp now_;
  MonoTime mono_{};
};

constexpr std::int64_t to_ms(Timestamp t) { return t.time_since_epoch().count(); }
constexpr Timestamp from_ms(std::int64_t ms) { return Timestamp{Duration{ms}}; }

// ISO 8601 with an explicit offset: "2026-09-30T16:30:00+08:00", milliseconds only when not zero.
std::string to_iso(Timestamp t, std::chrono::minutes offset = std::chrono::minutes{0});
// Accepts the same with "Z" or an offset; a time without one is refused. Years 1970 to 9999.
std::optional<Timestamp> parse_iso(std::string_view text);
// A clock on a wall, read as if it were UTC; the caller's zone makes an instant of it: "2026-09-30 16:30",
// "2026-09-30T16:30:05", or "16:30" on the day `today` ("2026-09-30"). A time with an offset is refused.
std::optional<Timestamp> parse_wall(std::string_view text, std::string_view today);

// "90s", "5m", "4h", "2d", "250ms", also sums such as "1h30m"; refuses anything else, negatives and overflow.
std::optional<Duration> parse_duration(std::string_view text);
// The shortest exact form that parse_duration reads back: "1h30m", "0s".
std::string to_text(Duration d);

}  // namespace xj
