#include <algorithm>

#include "policy/pdf/revision.hpp"

namespace policy::pdf {
namespace {

bool covers(const std::vector<std::string>& fields, const std::string& name) {
  return std::any_of(fields.begin(), fields.end(), [&](const std::string& f) { return name == f || name.starts_with(f + "."); });
}

int level_in(const Object& dictionary, int otherwise) {
  const Object* p = dictionary.get("P");
  return p && p->kind == Kind::integer && p->number >= 1 && p->number <= 3 ? int(p->number) : otherwise;
}

// Action and Fields of a FieldMDP transform or a lock (ISO 32000-2 tables 236, 258). An action that is none locks everything.
void add_fields(File& file, const Object& dictionary, Permissions& out) {
  const Object* action = dictionary.get("Action");
  if (!action) return;
  std::vector<std::string> names;
  const Object* entry = dictionary.get("Fields");
  if (const auto fields = entry ? file.resolve(*entry) : std::nullopt)
    for (const Object& item : fields->object.items)
      if (const auto name = file.resolve(item)) names.push_back(name->object.text);
  if (action->is_name("Include")) out.locked = std::move(names);
  else out.locks_all = true;
  if (action->is_name("Exclude")) out.not_locked = std::move(names);
}

int stricter(int a, int b) { return a == 0 ? b : b == 0 ? a : std::min(a, b); }

}  // namespace

bool Permissions::locks(const std::string& field) const {
  return covers(locked, field) || (locks_all && !covers(not_locked, field));
}

void Permissions::add(const Permissions& other) {
  certifies = certifies || other.certifies;
  level = stricter(level, other.level);
  locked.insert(locked.end(), other.locked.begin(), other.locked.end());
  if (!other.locks_all) return;
  if (!locks_all) not_locked = other.not_locked;
  else std::erase_if(not_locked, [&](const std::string& f) { return !covers(other.not_locked, f); });
  locks_all = true;
}

Permissions permissions_of(File& file, const Object& signature, const Object* lock) {
  Permissions out;
  const Object* entry = signature.get("Reference");
  if (const auto list = entry ? file.resolve(*entry) : std::nullopt)
    for (const Object& item : list->object.items) {
      const auto reference = file.resolve(item);
      const Object* method = reference ? reference->object.get("TransformMethod") : nullptr;
      const Object* parameters = reference ? reference->object.get("TransformParams") : nullptr;
      const auto resolved = parameters ? file.resolve(*parameters) : std::nullopt;
      Permissions one;
      if (method && method->is_name("DocMDP")) one.certifies = true, one.level = resolved ? level_in(resolved->object, 2) : 2;  // table 257
      if (method && method->is_name("FieldMDP") && resolved) add_fields(file, resolved->object, one);
      out.add(one);
    }
  if (const auto resolved = lock ? file.resolve(*lock) : std::nullopt) {
    Permissions one;
    one.level = level_in(resolved->object, 0);
    add_fields(file, resolved->object, one);
    out.add(one);
  }
  return out;
}

}  // namespace policy::pdf
