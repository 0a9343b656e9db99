// One IMAP connection without its socket: state (RFC 9051 3), what was enabled, the selected mailbox, and what a command may wait
// for. Commands (imap/commands) are Tasks that get a Session&; the driver (imap/connection.cpp, or a test) runs them:
//   session.begin(request, messages); while (!session.idle()) { perform(session.wait()); session.resume(); }
// Thread rule: one thread. commit() and blocking() do their work elsewhere and resume here.
// Never hold a Snapshot, a view into one, or a cursor across a co_await.
#pragma once
#include <atomic>
#include <chrono>
#include <coroutine>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "imap/backend.hpp"
#include "imap/flag_names.hpp"
#include "imap/proto/command.hpp"
#include "imap/proto/mailbox_view.hpp"
#include "imap/proto/render.hpp"
#include "imap/settings.hpp"
#include "imap/task.hpp"
#include "store/store.hpp"

namespace imap {

// What a command ends with; the dispatcher tells pending changes first, then writes the tagged line.
struct Reply {
  proto::Condition condition = proto::Condition::ok;
  std::string code;  // without brackets, e.g. "TRYCREATE"; may quote only our own text (RFC 9051 7.1)
  std::string text;  // one line for people
};
inline Reply ok(std::string text, std::string code = {}) { return {proto::Condition::ok, std::move(code), std::move(text)}; }
inline Reply no(std::string text, std::string code = {}) { return {proto::Condition::no, std::move(code), std::move(text)}; }
inline Reply bad(std::string text, std::string code = {}) { return {proto::Condition::bad, std::move(code), std::move(text)}; }
// Response codes of RFC 5530 for what the store refuses: NONEXISTENT, ALREADYEXISTS, OVERQUOTA, LIMIT, UNAVAILABLE, SERVERBUG.
// The error's detail does not reach the client; what is a fault of ours is logged.
Reply refusal(const base::Error& error, std::string_view connection_id);

// The store cannot be looked at now (store/README.md "Faults"): the command is answered NO [UNAVAILABLE], the connection stays.
struct StoreAway : store::Failure {
  using Failure::Failure;
};

// The selected mailbox as this client knows it.
struct Selected {
  store::MailboxId id{};
  proto::MailboxName name;
  bool read_only = false;  // EXAMINE
  store::UidValidity uid_validity{};
  store::ModSeq synced{};       // the view and `changed` hold everything up to here
  store::Uid uid_next{};        // messages from here on are new to the view
  proto::MailboxView view;
  FlagNames flags;              // names of this mailbox's keywords as last read
  proto::NumberSet changed;     // flags changed elsewhere, not told yet
  std::vector<store::ModSeq> own;  // commits of this session whose flags it told (or was asked to be silent about) itself
  bool gone = false;            // deleted by somebody: its messages read as tombstones or not at all
};

// Where blocking work runs: reads that may fault from disk, password hashes, the policy's look at a message.
enum class Pool : unsigned char { readers, passwords, ingest };

// What the driver has to do before it resumes the session.
struct Wait {
  enum class Kind : unsigned char {
    none,      // the command is done
    flush,     // write out() and clear it
    external,  // begin(done): done is called once, from any thread
    blocking,  // run() on a pool thread
    line,      // flush, read one line (Framer::next_line), give_line()
    change,    // flush, then as line, but resume also when the mailbox changed or after limit: give_change()
    sleep,     // flush, then wait for limit
  };
  struct Work {
    virtual ~Work() = default;
    virtual void begin(std::function<void()>) {}
    virtual void run() noexcept {}
    virtual void fail(base::Error) {}  // blocking: the pool is full or ends, run() is not called
  };
  Kind kind = Kind::none;
  std::shared_ptr<Work> work;
  std::chrono::milliseconds limit{};
  Pool pool = Pool::readers;
};
enum class Woken : unsigned char { line, change, timeout };

struct Peer {
  std::string id;       // connection id of the log lines
  std::string address;
  bool loopback = false;
  bool tls = false;
};

class Session;
namespace detail {
struct Suspend {  // base of the awaiters
  Session& session;
  void park(std::coroutine_handle<> handle, Wait wait);
};

template <class R>
struct Slot : Wait::Work {
  std::optional<R> result;
  void fail(base::Error error) override {
    if constexpr (std::is_constructible_v<R, base::Error>) result.emplace(std::move(error));
  }
};

template <class Op>
struct CommitWork : Slot<base::Result<typename Op::Outcome>>, std::enable_shared_from_this<CommitWork<Op>> {
  using R = base::Result<typename Op::Outcome>;
  CommitWork(store::CommitLog& l, Op o) : log(l), op(std::move(o)) {}
  void begin(std::function<void()> done) override {
    auto self = this->shared_from_this();  // the connection may be gone before the commit is
    auto queued = log.submit(std::move(op), [self, done](R r) {
      self->result.emplace(std::move(r));
      done();
    });
    if (queued) return;
    this->result.emplace(queued.error());
    done();
  }
  store::CommitLog& log;
  Op op;
};

template <class T> struct Flat { using type = base::Result<T>; };
template <class T> struct Flat<base::Result<T>> { using type = base::Result<T>; };
template <class F>
struct BlockingWork : Slot<typename Flat<std::invoke_result_t<F&>>::type> {
  explicit BlockingWork(F f) : function(std::move(f)) {}
  void run() noexcept override {
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
        function();
        this->result.emplace();
      } else {
        this->result.emplace(function());
      }
    } catch (const store::Failure& e) {
      this->result.emplace(e.error());
    } catch (const std::exception& e) {
      this->result.emplace(base::fail(base::Errc::internal, e.what()));
    } catch (...) {
      this->result.emplace(base::fail(base::Errc::internal, "unknown exception"));
    }
  }
  F function;
};

template <class W>
struct WorkWait : Suspend {
  WorkWait(Session& s, std::shared_ptr<W> w, Wait::Kind k, Pool p) : Suspend{s}, work(std::move(w)), kind(k), pool(p) {}  // no aggregate: g++ 12.2
  std::shared_ptr<W> work;
  Wait::Kind kind;
  Pool pool;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) { park(h, Wait{kind, work, {}, pool}); }
  auto await_resume() { return std::move(*work->result); }
};
struct FlushWait : Suspend {
  bool needed;
  bool await_ready() const noexcept { return !needed; }
  void await_suspend(std::coroutine_handle<> h) { park(h, Wait{Wait::Kind::flush, {}, {}, {}}); }
  void await_resume() const noexcept {}
};
struct SleepWait : Suspend {
  std::chrono::milliseconds time;
  bool await_ready() const noexcept { return time.count() <= 0; }
  void await_suspend(std::coroutine_handle<> h) { park(h, Wait{Wait::Kind::sleep, {}, time, {}}); }
  void await_resume() const noexcept {}
};
struct LineWait : Suspend {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) { park(h, Wait{Wait::Kind::line, {}, {}, {}}); }
  std::string await_resume();
};
struct ChangeWait : Suspend {
  std::chrono::milliseconds limit;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) { park(h, Wait{Wait::Kind::change, {}, limit, {}}); }
  Woken await_resume();
};
}  // namespace detail

// Which changes the end of a command may tell (RFC 9051 7.5.1): no EXPUNGE for FETCH, STORE and SEARCH by sequence number.
enum class Tell : unsigned char { all, no_expunges };

class Session {
 public:
  enum class State : unsigned char { not_authenticated, authenticated, selected, logout };
  static constexpr std::size_t kFull = 64 * 1024;  // of out(), see flush_if_full()

  Session(store::Store& store, Backend& backend, const Settings& settings, Peer peer);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // --- for commands: what may be waited for ---
  detail::FlushWait flush_if_full() { return {{*this}, out_.size() > kFull}; }
  detail::FlushWait flush() { return {{*this}, !out_.empty()}; }
  template <class Op>
  detail::WorkWait<detail::CommitWork<Op>> commit(Op op) {  // Result<Op::Outcome>, once it is on disk
    return {*this, std::make_shared<detail::CommitWork<Op>>(store_.commits(), std::move(op)), Wait::Kind::external, Pool::readers};
  }
  template <class F>
  detail::WorkWait<detail::BlockingWork<F>> blocking(F f, Pool pool = Pool::readers) {  // Result<T> of f(); f may use this frame's locals
    return {*this, std::make_shared<detail::BlockingWork<F>>(std::move(f)), Wait::Kind::blocking, pool};
  }
  detail::SleepWait sleep(std::chrono::milliseconds time) { return {{*this}, time}; }
  detail::LineWait line() { return {{*this}}; }  // std::string, without CRLF
  // After Woken::line the line is line_text().
  detail::ChangeWait line_or_change(std::chrono::milliseconds limit) { return {{*this}, limit}; }

  // --- for commands: what they work with ---
  proto::Out& out() { return out_; }
  store::Store& store() { return store_; }
  Backend& backend() { return backend_; }
  const Settings& settings() const { return settings_; }
  const Peer& peer() const { return peer_; }
  State state() const { return state_; }
  const std::string& tag() const { return tag_; }  // of the command that runs, e.g. for ESEARCH
  std::string& line_text() { return line_; }

  store::AccountId account() const { return user_.account; }  // REQUIRES: authenticated
  const std::string& address() const { return user_.address; }
  Selected& selected() { return *selected_; }                 // REQUIRES: state() == selected
  bool has_selected() const { return selected_ != nullptr; }

  // A look at the store for one step of a command. Throws StoreAway: never take it inside a response that has begun.
  store::Snapshot snapshot() const;

  bool rev2() const { return rev2_; }            // ENABLE IMAP4rev2: ESEARCH instead of SEARCH, LIST in SELECT ...
  bool utf8() const { return out_.utf8(); }      // names are UTF-8: UTF8=ACCEPT or IMAP4rev2
  bool condstore() const { return condstore_; }  // RFC 7162 3.1: FETCH answers for changes carry MODSEQ
  void enable_condstore() { condstore_ = true; }
  void enable_utf8() { out_.set_utf8(true); }
  void enable_rev2() { rev2_ = true; out_.set_utf8(true); }

  // This session told its client of the flags that its own commit `m` changed (each operation has a modseq of its own).
  void note_own(store::ModSeq m) { if (selected_ && raw(m) != 0) selected_->own.push_back(m); }
  // Pulls what others did since the last time into the view; tells nothing.
  void sync();
  // sync(), then EXISTS, EXPUNGE and FETCH (FLAGS) as far as `tell` allows. The dispatcher does it before each tagged line.
  // False: the store is away, the rest is told the next time.
  Task<bool> update(Tell tell);

  // --- for SELECT, LOGIN and the like ---
  void authenticated(User user);
  void select(std::unique_ptr<Selected> selected);
  void unselect();
  void log_out() { state_ = State::logout; }      // the driver flushes and closes
  bool pipelined() const { return pipelined_; }
  void request_tls() { tls_requested_ = true; }   // the driver answers nothing more before the handshake is done
  unsigned failures = 0;                          // bad passwords and unknown commands on this connection

  // --- for the driver ---
  // `pipelined`: bytes have come behind this command (STARTTLS must not have any).
  void begin(std::string_view text, std::vector<std::string> messages, bool pipelined = false);  // one Frame::command
  // A frame that is no command: answered under the tag that `text` starts with.
  void refuse(std::string_view text, proto::Condition condition, std::string_view code, std::string_view why);
  // Before "+ " invites a large message: what the command will certainly be refused with (syntax, no such mailbox).
  std::optional<Reply> early_refusal(std::string_view text) const;
  const Wait& wait() const { return wait_; }
  void resume();
  bool idle() const { return !running_; }         // no command runs
  void give_line(std::string line) { line_ = std::move(line); woken_ = Woken::line; }
  void give_change(Woken woken) { woken_ = woken; }
  void greet();
  void say_bye(std::string_view text) { proto::bye(out_, text); state_ = State::logout; }
  void started_tls();                             // forgets all that was said in plain text
  bool tls_requested() const { return tls_requested_; }
  bool take_login() { return std::exchange(just_logged_in_, false); }  // the framer's limits may grow
  std::function<void()> on_change;                // set by the driver; called on the writer thread

 private:
  friend struct detail::Suspend;
  friend struct detail::LineWait;
  friend struct detail::ChangeWait;
  Task<> run(std::string_view text);
  void after_step();
  void pull_changes(const store::Snapshot& snapshot, const store::Mailbox& now);
  void pull_expunges(const store::Snapshot& snapshot, const store::Mailbox& now);
  void tell_flags(std::size_t at_most);

  store::Store& store_;
  Backend& backend_;
  const Settings& settings_;
  Peer peer_;
  proto::Out out_;
  State state_ = State::not_authenticated;
  User user_;
  std::unique_ptr<Selected> selected_;
  bool condstore_ = false, rev2_ = false, tls_requested_ = false, just_logged_in_ = false, pipelined_ = false;

  std::string tag_;
  std::string text_;  // of the command that runs
  std::string line_;
  Woken woken_ = Woken::line;
  std::vector<std::string> messages_;
  Task<> command_;
  bool running_ = false;
  Wait wait_;
  std::coroutine_handle<> parked_;
  store::ChangeBus::Subscription subscription_;
};

inline void detail::Suspend::park(std::coroutine_handle<> handle, Wait wait) {
  session.parked_ = handle;
  session.wait_ = std::move(wait);
}
inline std::string detail::LineWait::await_resume() { return std::move(session.line_); }
inline Woken detail::ChangeWait::await_resume() { return session.woken_; }

}  // namespace imap
