// Reading a directory of backups again, and forgetting what is too old.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>

#include "base/log.hpp"
#include "store/backup.hpp"
#include "store/backup_packs.hpp"
#include "store/backup_reader.hpp"

namespace store {
namespace {

using namespace backups;
using base::Errc;
using base::fail;

constexpr std::size_t kMaxProblems = 1000;

class Verifier {
 public:
  Verifier(const std::string& directory, const BackupProgressFn& progress) : names_{directory}, packs_(names_), progress_(progress) {}

  BackupVerification run() {
    (void)read_marker(names_);
    const Lock lock(names_.directory, false);
    for (const std::string& p : packs_.load_all()) problem(p);
    for (const auto& [number, pack] : packs_.all()) total_ += pack.size;
    for (const auto& [number, pack] : packs_.all()) objects(number);
    for (const std::uint32_t g : generations(names_)) generation(g);
    return std::move(out_);
  }

 private:
  void problem(const std::string& text) {
    if (out_.problems.size() < kMaxProblems) out_.problems.push_back(text);
  }

  void objects(std::uint32_t number) {
    packs_.for_each_object(number, [&](const Object& o) {
      guarded([&] { (void)packs_.read(o); });
      ++out_.objects;
      out_.bytes += o.size;
      if (progress_ && !progress_({BackupProgress::Stage::verify, out_.bytes, total_, out_.bytes})) throw Failure(fail(Errc::unavailable, "stopped"));
    });
  }

  void generation(std::uint32_t g) {
    guarded([&] {
      const Generation one(names_.directory, g);
      for (const PackRef& p : one.manifest().packs)
        if (const auto found = packs_.all().find(p.number); found == packs_.all().end() || found->second.index != p.index)
          problem(names_.manifest(g) + ": its pack " + std::to_string(p.number) + " is missing or another one");
      one.check_names();
    });
  }

  template <class F>
  void guarded(F f) {
    try {
      f();
    } catch (const Failure& e) {
      if (e.error().code() != Errc::corrupt) throw;
      problem(e.error().detail());
    }
  }

  const Names names_;
  Packs packs_;
  const BackupProgressFn& progress_;
  BackupVerification out_;
  std::uint64_t total_ = 0;
};

void remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw Failure(fail(Errc::io, "remove " + path + ": " + std::strerror(errno)));
}

}  // namespace

Result<BackupVerification> verify_backups(const std::string& directory, const BackupProgressFn& progress) {
  try {
    return Verifier(directory, progress).run();
  } catch (const Failure& f) {
    return f.error();
  }
}

// Manifests go first, then what only they named: whatever is cut short in between, the rest is whole.
Result<std::uint32_t> prune_backups(const std::string& directory, std::uint32_t keep) {
  try {
    const Names names{directory};
    (void)read_marker(names);
    const Lock lock(directory, true);
    const auto all = generations(names);
    if (keep == 0 || all.size() <= keep) return std::uint32_t(0);
    std::set<std::uint32_t> needed;
    for (std::size_t i = all.size() - keep; i < all.size(); ++i)
      for (const PackRef& p : read_manifest(names, all[i]).packs) needed.insert(p.number);  // unreadable: nothing is removed
    const auto gone = std::uint32_t(all.size() - keep);
    for (std::size_t i = 0; i < gone; ++i) remove(names.manifest(all[i]));
    sync_directory(directory);
    Packs packs(names);
    (void)packs.load_all();
    for (const auto& [number, pack] : packs.all()) {
      if (needed.contains(number)) continue;
      remove(names.index(number));
      remove(names.pack(number));
    }
    base::log_info("backup_pruned", {{"directory", directory}, {"generations", gone}});
    return gone;
  } catch (const Failure& f) {
    return f.error();
  }
}

}  // namespace store
