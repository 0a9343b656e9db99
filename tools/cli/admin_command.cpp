#include "tools/cli/admin_command.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/unicode.hpp"
#include "base/units.hpp"
#include "tools/cli/progress.hpp"

namespace cli {
namespace {

struct Title {
  std::string_view key;
  base::Text text;
  bool right = false;
};

constexpr Title kTitles[] = {
    {"name", {"Tên", "Name"}}, {"agency", {"Cơ quan", "Agency"}}, {"code", {"Mã", "Code"}}, {"parent", {"Cơ quan cấp trên", "Parent"}},
    {"symbol", {"Ký hiệu", "Symbol"}}, {"valid_from", {"Từ ngày", "From"}}, {"valid_until", {"Đến ngày", "Until"}},
    {"aliases", {"Tên khác", "Other names"}}, {"address", {"Địa chỉ", "Address"}}, {"functional", {"Hộp thư cơ quan", "Functional"}},
    {"disabled", {"Đã khóa", "Disabled"}}, {"quota", {"Hạn mức", "Quota"}, true}, {"used", {"Đã dùng", "Used"}, true},
    {"messages", {"Số thư", "Messages"}, true}, {"send_as", {"Được gửi thay", "May send as it"}}, {"targets", {"Chuyển tới", "Targets"}},
    {"fingerprint", {"Vân tay", "Fingerprint"}}, {"kind", {"Loại", "Kind"}}, {"class", {"Lớp", "Class"}}, {"subject", {"Chủ thể", "Subject"}},
    {"issuer", {"Nơi cấp", "Issuer"}}, {"not_before", {"Hiệu lực từ", "Not before"}}, {"not_after", {"Hết hiệu lực", "Not after"}},
    {"expired", {"Hết hạn", "Expired"}}, {"domains", {"Tên miền", "Domains"}}, {"agencies", {"Cơ quan", "Agencies"}},
    {"any_name", {"Mọi tên", "Any name"}}, {"id", {"Mã", "Id"}, true}, {"sender", {"Người gửi", "Sender"}},
    {"recipients", {"Người nhận", "Recipients"}}, {"domain", {"Tên miền", "Domain"}}, {"size", {"Cỡ", "Size"}, true},
    {"accepted", {"Nhận lúc", "Accepted"}}, {"next_try", {"Thử lại lúc", "Next try"}}, {"attempts", {"Số lần thử", "Attempts"}, true},
    {"held", {"Giữ lại", "Held"}}, {"last_error", {"Lỗi gần nhất", "Last error"}}, {"mailbox", {"Hộp", "Mailbox"}}, {"uid", {"UID", "UID"}, true},
    {"date", {"Ngày", "Date"}}, {"from", {"Từ", "From"}}, {"preview", {"Trích", "Preview"}}, {"table", {"Bảng", "Table"}},
    {"rows", {"Số dòng", "Rows"}, true}, {"detail", {"Chi tiết", "Detail"}}, {"map_size", {"Không gian bản đồ", "Map size"}, true},
    {"used_bytes", {"Đã dùng", "Used"}, true}, {"free_bytes", {"Còn trống bên trong", "Free inside"}, true},
    {"logical_bytes", {"Dung lượng người dùng thấy", "What users see"}, true}, {"content_bytes", {"Dung lượng đã lưu", "Stored content"}, true},
    {"readers", {"Người đọc", "Readers"}, true}, {"max_readers", {"Người đọc tối đa", "Most readers"}, true}, {"stage", {"Bước", "Stage"}},
    {"action", {"Xử lý", "Action"}}, {"rule", {"Quy tắc", "Rule"}}, {"mode", {"Chế độ", "Mode"}}, {"outcome", {"Kết quả", "Outcome"}},
    {"expunged", {"Đã xóa", "Expunged"}}, {"expires", {"Lấy lại được đến", "Until"}}, {"to", {"Vào", "To"}}, {"bytes", {"Dung lượng", "Bytes"}, true},
    {"there", {"Đã có", "Was there"}}, {"message", {"Thư", "Message"}}, {"before", {"Trước", "Before"}}, {"after", {"Sau", "After"}},
    {"file", {"Tệp", "File"}}, {"label", {"Kết luận", "Verdict"}}, {"signer", {"Người ký", "Signer"}}, {"reasons", {"Lý do", "Reasons"}},
    {"text", {"Nội dung", "Text"}}, {"generation", {"Bản số", "Generation"}, true}, {"created", {"Tạo lúc", "Made"}}, {"seconds", {"Giây", "Seconds"}, true},
    {"accounts", {"Tài khoản", "Accounts"}, true}, {"copied_bytes", {"Chép thêm", "Added"}, true}, {"findings", {"Hỏng trong kho", "Findings"}}, {"problem", {"Vấn đề", "Problem"}},
    {"imported", {"Đã nhập", "Imported"}, true}, {"present", {"Đã có sẵn", "There already"}, true},
    {"removed", {"Đã xóa từ trước", "Removed since"}, true}, {"skipped", {"Nguồn đã xóa", "Deleted at the source"}, true},
    {"scope", {"Phạm vi", "Scope"}}, {"role", {"Vai trò", "Role"}}, {"received", {"Nhận lúc", "Received"}}, {"direction", {"Chiều", "Direction"}}, {"evidence", {"Bằng chứng", "Evidence"}}, {"hash", {"Mã băm", "Hash"}}, {"previous", {"Mã băm trước", "Hash before"}}, {"seq", {"Số", "No."}, true}, {"at", {"Lúc", "At"}}, {"who", {"Ai", "Who"}}, {"what", {"Việc", "What"}}, {"target", {"Về", "About"}}, {"account", {"Tài khoản", "Account"}}, {"reason", {"Lý do", "Reason"}},
    {"case", {"Số vụ việc", "Case"}}, {"placed", {"Đặt lúc", "Placed"}}, {"placed_by", {"Người đặt", "Placed by"}},
    {"state", {"Tình trạng", "State"}}, {"total", {"Số thư khớp", "Messages that matched"}, true},
    {"key", {"Khóa", "Key"}, true}, {"current", {"Cho thư mới", "For new mail"}}, {"loaded", {"Mở được", "Opened"}},
    {"master", {"Khóa chủ", "Master key"}}, {"rewrapped", {"Đã gói lại", "Wrapped again"}, true},
    {"oldest_reader_commits", {"Người đọc cũ nhất chậm (lần ghi)", "Oldest reader behind (commits)"}, true},
    {"mean_sync_us", {"Ghi đĩa trung bình (µs)", "Mean sync (us)"}, true}, {"ratio", {"Tỉ lệ thấy/lưu", "Ratio seen/stored"}, true},
    {"sampled_pieces", {"Mảnh đã lấy mẫu", "Pieces sampled"}, true}, {"sampled_bytes", {"  nội dung", "  content"}, true},
    {"sampled_stored_bytes", {"  đã lưu", "  stored"}, true}, {"packed_share", {"  phần được nén", "  share packed"}, true},
    {"shared_share", {"  phần dùng chung", "  share deduplicated"}, true}, {"sealed_share", {"  phần mã hóa", "  share encrypted"}, true},
    {"mailboxes", {"Hộp", "Mailboxes"}}, {"kinds", {"Loại văn bản", "Document kinds"}}, {"keep_days", {"Giữ (ngày)", "Keep (days)"}, true},
    {"expire_days", {"Xóa sau (ngày)", "Expire (days)"}, true}, {"kept", {"Đang giữ", "Kept"}, true},
    {"kept_expunged", {"  đã xóa khỏi hộp", "  expunged"}, true}, {"expiring", {"Sắp xóa", "Expiring"}, true},
    {"incarnation", {"Hiện thân", "Incarnation"}}, {"days_left", {"Còn (ngày)", "Days left"}, true}, {"file", {"Tệp", "File"}},
    {"at", {"Lúc", "At"}}, {"who", {"Ai", "Who"}}, {"what", {"Việc", "What"}}, {"target", {"Đối tượng", "Target"}},
};

constexpr std::array<std::string_view, 11> kSizes{"sampled_bytes", "sampled_stored_bytes", "quota", "used", "size", "map_size", "used_bytes", "free_bytes", "logical_bytes", "content_bytes", "total_bytes"};

Json for_people(const Console& con, const Json& object) {  // yes and no, sizes in units
  Json out = Json::object();
  for (const auto& [key, value] : object.items()) {
    if (value.is_boolean()) out[key] = value.get<bool>() ? con.text({"có", "yes"}) : con.text({"không", "no"});
    else if (value.is_number_unsigned() && std::find(kSizes.begin(), kSizes.end(), key) != kSizes.end()) {
      out[key] = size_text(value.get<std::uint64_t>());
    } else out[key] = value;
  }
  return out;
}

}  // namespace

Column titled(const Console& con, const char* key) {
  for (const Title& t : kTitles)
    if (t.key == key) return {key, std::string(t.text.in(con.lang)), t.right};
  return {key, key};
}

std::vector<Column> titled(const Console& con, std::initializer_list<const char*> keys) {
  std::vector<Column> out;
  for (const char* key : keys) out.push_back(titled(con, key));
  return out;
}

void show_object(Console& con, const Json& object) {
  std::vector<Column> columns;
  for (const auto& [key, value] : object.items())
    if (key != "schema") columns.push_back(titled(con, key.c_str()));
  if (con.format != Format::table) return show(con, columns, Json::array({object}), object);
  const Json shown = for_people(con, object);
  std::size_t width = 0;
  for (const Column& c : columns) width = std::max(width, base::display_width(c.title));
  for (const Column& c : columns)
    con.out += c.title + ":" + std::string(width - base::display_width(c.title) + 1, ' ') + printable(cell_text(shown.at(c.key))) + "\n";
}

int list(Program& p, const std::string& target, const char* key, std::initializer_list<const char*> columns) {
  Backend backend(p.con, p.config);
  const auto reply = backend.call("GET", target);
  if (!reply) return backend.code();
  Json rows = Json::array();
  for (const Json& row : reply->value(key, Json::array())) rows.push_back(p.con.format == Format::table ? for_people(p.con, row) : row);
  show(p.con, titled(p.con, columns), rows, *reply);
  return kDone;
}

int show_one(Program& p, const std::string& target) {
  Backend backend(p.con, p.config);
  const auto reply = backend.call("GET", target);
  if (!reply) return backend.code();
  show_object(p.con, *reply);
  return kDone;
}

int change(Program& p, const char* method, const std::string& target, const Json& body, const std::string& what) {
  Backend backend(p.con, p.config);
  backend.about(what);
  const auto reply = backend.call(method, target, body.is_null() ? std::string() : dump(body));
  if (!reply) return backend.code();
  if (p.con.format != Format::table) show_object(p.con, *reply);
  else if (reply->value("changed", true)) p.con.line({"đã xong: {}", "done: {}"}, printable(what));
  else p.con.line({"không có gì thay đổi: {}", "nothing had to change: {}"}, printable(what));
  return kDone;
}

}  // namespace cli
