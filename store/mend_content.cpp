#include "store/mend.hpp"

#include <algorithm>

namespace store {

bool Mender::queue_due() {
  const auto row = value(Table::queue, key_);
  if (!row) return false;
  Key due;
  due.time(decode_queue(*row).due).bytes(key_.substr(8));
  return w_.txn.put_new(Table::queue_due, due, kNothing);
}

bool Mender::stale_queue_due() {
  const auto row = value(Table::queue, queue_key(QueueId(load_be<std::uint64_t>(key_.data() + 8))));
  Key due;
  if (row) due.time(decode_queue(*row).due);
  return !(row && due.view() == key_.substr(0, 8)) && erase();
}

BlobId Mender::blob() const {
  BlobId id;
  std::copy_n(key_.data(), id.size(), reinterpret_cast<char*>(id.data()));
  return id;
}

bool Mender::orphan() {
  const BlobId id = blob();
  if (is_referenced(w_.txn, id) || !w_.txn.has(Table::blobs, first_of(id))) return false;
  Key k;
  k.time(w_.now).blob(id);
  w_.txn.put(Table::orphans, k, kNothing);
  return true;
}

std::string Mender::first_of(const BlobId& id) const {
  Cursor c = w_.txn.cursor(Table::blobs);
  return c.seek(base::view(id)) && c.key().starts_with(base::view(id)) ? std::string(c.key()) : std::string(1, '\0');
}

bool Mender::stale_reference() {
  const auto encoded = extents_of(w_.txn, ref());
  const auto extents = encoded ? decode_extents(*encoded) : Result<std::vector<Extent>>(std::vector<Extent>{});
  if (!encoded || !extents) return false;
  const BlobId id = blob();
  if (std::any_of(extents->begin(), extents->end(), [&](const Extent& e) { return !e.inlined && e.id == id; }) || !erase()) return false;
  orphan();
  return true;
}

}  // namespace store
