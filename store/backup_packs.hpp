// Pack files: objects (segments of rows, blobs) back to back, found through an index that is written when the pack is whole.
// A pack without an index is what an interrupted backup left: it counts for nothing and is written over. Packs are never changed.
// Internal to backup and restore. Memory: 48 bytes an object. Throws Failure.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "store/backup_format.hpp"

namespace store::backups {

struct Object {
  Kind kind{};
  base::Digest id{};
  std::uint32_t pack = 0;
  std::uint64_t offset = 0, size = 0;
  base::Digest sha{};  // of the object's bytes in the pack
};

class Packs {  // what is there to read
 public:
  explicit Packs(Names names) : names_(std::move(names)) {}
  // The packs of a manifest, each compared with what the manifest says of it; or every whole pack of the directory.
  void load(const std::vector<PackRef>& packs);
  // Damaged ones are passed over and told: what they hold counts as not there.
  std::vector<std::string> load_all();
  std::optional<Object> find(Kind kind, const base::Digest& id) const;
  bool has(Kind kind, const base::Digest& id) const { return locate(kind, id) != nullptr; }
  std::optional<std::uint32_t> pack_of(Kind kind, const base::Digest& id) const;
  // The object's bytes, compared with their digest; corrupt names the pack.
  std::string read(const Object& object) const;
  std::string need(Kind kind, const base::Digest& id) const;
  const PackRef& pack(std::uint32_t number) const { return packs_.at(number); }
  const std::map<std::uint32_t, PackRef>& all() const { return packs_; }
  std::uint32_t last() const { return last_; }  // highest number of a pack, damaged ones included
  void for_each_object(std::uint32_t pack, const std::function<void(const Object&)>& f) const;
  void add(std::uint32_t number);  // a pack that was just finished

 private:
  struct Entry {
    base::Digest id;
    Kind kind;
    std::uint32_t pack, nth;
    friend bool operator<(const Entry& a, const Entry& b) { return std::tie(a.kind, a.id) < std::tie(b.kind, b.id); }
  };
  std::string read_index(std::uint32_t number) const;  // checked, without its digest
  void take(std::uint32_t number, const std::string& index);
  const Entry* locate(Kind kind, const base::Digest& id) const;
  Object object(const Entry& entry) const;

  Names names_;
  std::map<std::uint32_t, PackRef> packs_;
  std::vector<Entry> entries_;  // sorted
  std::uint32_t last_ = 0;
};

class PackWriter {
 public:
  PackWriter(Names names, std::uint32_t& last_number) : names_(std::move(names)), last_(last_number) {}
  void begin(Kind kind, const base::Digest& id);
  void write(std::string_view bytes);
  void end();
  void cancel();   // as if begin() had not been called
  void finish();   // writes the index; what was added is there from here on
  std::uint64_t bytes() const { return total_; }
  const std::vector<std::uint32_t>& finished() const { return finished_; }
  static constexpr std::uint64_t kFull = 256u << 20;  // a pack that has so much is finished; one object may be larger

 private:
  void open();
  Names names_;
  std::uint32_t& last_;
  std::uint32_t number_ = 0;
  std::unique_ptr<File> file_;
  std::vector<Object> objects_;
  Object current_;
  base::Sha256 sha_;
  std::uint64_t total_ = 0;
  std::vector<std::uint32_t> finished_;
};

}  // namespace store::backups
