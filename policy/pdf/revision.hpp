// What later revisions did to a file after one of its signatures (ATTACKS P3-P6, ISO 32000-2 12.8.2). Everything is forbidden but what
// is known and named here: a whitelist, over objects and over bytes. Private to the room.
#pragma once
#include <string>
#include <vector>

#include "policy/pdf/file.hpp"

namespace policy::pdf {

// What the signatures so far allow to come after them.
struct Permissions {
  bool certifies = false;             // by a DocMDP transform
  int level = 0;                      // P of DocMDP or of a lock, the strictest: 1..3; 0 = nobody said anything
  bool locks_all = false;             // FieldMDP Action All, or Exclude: all but `fields`
  std::vector<std::string> locked, not_locked;  // full names of fields; what is below them goes with them
  bool locks(const std::string& field) const;
  void add(const Permissions& other);  // both hold
};
// Of one signature dictionary and of its field's /Lock (null when there is none).
Permissions permissions_of(File& file, const Object& signature, const Object* lock);

struct Changes {
  std::string forbidden;                    // empty: everything is allowed; else what is not, for the reason's detail
  bool unreadable = false;                  // the signed revision cannot be read whole, so nothing can be said of it
  bool evidence = false;                    // a DSS was added or grew
  bool filled = false;                      // form fields were filled in
  std::vector<std::size_t> new_signatures;  // where the dictionaries of signatures added later begin
};

// `end`: where the signed revision ends. REQUIRES: after.state() == good.
Changes changes_after(File& after, std::size_t end, const Permissions& permissions);

}  // namespace policy::pdf
