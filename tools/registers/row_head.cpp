// Millions of rows are counted for a report: each is read to the last member that counts and no further.
#include "tools/registers/row.hpp"

namespace registers {
namespace {

class HeadReader final : public nlohmann::json_sax<Json> {
 public:
  explicit HeadReader(Head& head) : head_(head) {}
  bool started() const { return started_; }

  bool key(string_t& name) override {
    if (depth_ != 1) return true;
    to_ = nullptr;
    flag_ = nullptr;
    if (name == "at") to_ = &head_.at;
    else if (name == "direction") to_ = &head_.direction;
    else if (name == "agency") to_ = &head_.agency;
    else if (name == "verdict") to_ = &head_.verdict;
    else if (name == "doc_class") to_ = &head_.doc_class;
    else if (name == "kind") to_ = &head_.kind, last_ = true;  // make_row() puts it behind the others
    else if (name == "void") flag_ = &head_.struck;
    else if (name == "free_mail") flag_ = &head_.free_mail;
    else if (name == "internal") flag_ = &head_.internal;
    return true;
  }
  bool string(string_t& value) override {
    if (depth_ == 1 && to_ != nullptr) to_->swap(value);
    return more();
  }
  bool boolean(bool value) override {
    if (depth_ == 1 && flag_ != nullptr) *flag_ = value;
    return more();
  }
  bool null() override { return more(); }
  bool number_integer(number_integer_t) override { return more(); }
  bool number_unsigned(number_unsigned_t) override { return more(); }
  bool number_float(number_float_t, const string_t&) override { return more(); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return ++depth_, started_ = true; }
  bool end_object() override { return --depth_, true; }
  bool start_array(std::size_t) override { return started_ && (++depth_, true); }
  bool end_array() override { return --depth_, true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return broken_ = true, false; }
  bool broken() const { return broken_; }

 private:
  bool more() const { return depth_ != 1 || !last_; }
  Head& head_;
  std::string* to_ = nullptr;
  bool* flag_ = nullptr;
  int depth_ = 0;
  bool started_ = false, last_ = false, broken_ = false;
};

}  // namespace

bool read_head(std::string_view value, Head& head) {
  head = {};
  HeadReader reader(head);
  Json::sax_parse(value, &reader);
  return reader.started() && !reader.broken();
}

}  // namespace registers
