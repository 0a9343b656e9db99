#include "policy/pdf/fields.hpp"

#include <utility>

namespace policy::pdf {
namespace {

constexpr std::size_t kMaxFields = 20000;
constexpr int kMaxFieldDepth = 32;

class Walk {
 public:
  Walk(File& file, FieldSearch& out) : file_(file), out_(out) {}

  void run() {
    const auto catalog = dictionary(file_.trailer().get("Root"), true);
    if (!catalog) return fail();
    const Object* form_entry = catalog->object.get("AcroForm");
    if (!form_entry) return;
    const auto form = dictionary(form_entry, catalog->in_file);
    if (!form) return fail();
    const Object* fields = form->object.get("Fields");
    if (!fields) return;
    const auto list = file_.resolve(*fields);
    if (!list || list->object.kind != Kind::array) return fail();
    const bool in_file = fields->kind == Kind::reference ? list->in_file : form->in_file;
    for (const Object& one : list->object.items) visit(one, in_file, false, {}, 0);
  }

 private:
  void fail() { out_.good = false; }

  std::optional<Loaded> dictionary(const Object* object, bool in_file) {
    if (!object) return std::nullopt;
    auto loaded = file_.resolve(*object);
    if (!loaded || loaded->object.kind != Kind::dictionary) return std::nullopt;
    if (object->kind != Kind::reference) loaded->in_file = in_file;
    return loaded;
  }

  void visit(const Object& entry, bool in_file, bool inherited_signature, const std::string& path, int depth) {
    if (depth > kMaxFieldDepth || ++visited_ > kMaxFields) return fail();
    if (entry.kind == Kind::reference && !seen_.insert(std::uint32_t(entry.number)).second) return fail();
    const auto field = dictionary(&entry, in_file);
    if (!field) return fail();
    const Object& dict = field->object;
    const Object* type = dict.get("FT");
    const bool is_signature = type ? type->is_name("Sig") : inherited_signature;
    std::string name = path;
    if (const Object* part = dict.get("T"); part && (part->kind == Kind::string || part->kind == Kind::hex_string))
      name += (name.empty() ? "" : ".") + part->text;
    if (is_signature && dict.get("V")) add_signature(*dict.get("V"), *field, name);
    const Object* kids = dict.get("Kids");
    if (!kids) return;
    const auto list = file_.resolve(*kids);
    if (!list || list->object.kind != Kind::array) return fail();
    const bool kids_in_file = kids->kind == Kind::reference ? list->in_file : field->in_file;
    for (const Object& kid : list->object.items) visit(kid, kids_in_file, is_signature, name, depth + 1);
  }

  void add_signature(const Object& value, const Loaded& field, const std::string& name) {
    if (field.object.duplicate_keys) fail();
    SignatureField out{name, false, {}, {}};
    if (const Object* lock = field.object.get("Lock")) out.lock = *lock;
    if (auto v = dictionary(&value, field.in_file)) {
      out.readable = v->in_file;
      out.value = std::move(v->object);
    }
    out_.signatures.push_back(std::move(out));
  }

  File& file_;
  FieldSearch& out_;
  std::set<std::uint32_t> seen_;
  std::size_t visited_ = 0;
};

}  // namespace

FieldSearch find_signatures(File& file) {
  FieldSearch out;
  Walk(file, out).run();
  return out;
}

}  // namespace policy::pdf
