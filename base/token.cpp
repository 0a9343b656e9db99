// PKCS#11 (v2.40) through a module's own function list.
#include "base/token.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <p11-kit/pkcs11.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <mutex>

#include "base/ascii.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace base {
namespace {

constexpr std::size_t kGcmTag = 16;

struct TokenUri {  // RFC 7512
  std::string token, object, module, pin_file;
};

Result<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const auto byte = hex_decode(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return fail(Errc::invalid, "pkcs11 URI: a broken %-escape");
    out += *byte;
    i += 2;
  }
  return out;
}

// pk11-URI = "pkcs11:" pattr *(";" pattr) ["?" qattr *("&" qattr)]; RFC 7512 2.3
Result<TokenUri> parse_token(std::string_view uri) {
  TokenUri out;
  const std::map<std::string_view, std::string TokenUri::*> known{
      {"token", &TokenUri::token}, {"object", &TokenUri::object}, {"module-path", &TokenUri::module}, {"pin-source", &TokenUri::pin_file}};
  uri.remove_prefix(std::string_view("pkcs11:").size());
  while (!uri.empty()) {
    const std::size_t end = uri.find_first_of(";?&");
    const std::string_view pair = uri.substr(0, end);
    uri.remove_prefix(end == std::string_view::npos ? uri.size() : end + 1);
    const std::size_t equals = pair.find('=');
    const auto name = known.find(pair.substr(0, equals));
    if (equals == std::string_view::npos || name == known.end())
      return fail(Errc::invalid, "pkcs11 URI: \"" + std::string(pair.substr(0, 40)) + "\" is not token=, object=, module-path= or pin-source=");
    auto value = percent_decoded(pair.substr(equals + 1));
    if (!value) return value.error();
    out.*(name->second) = *std::move(value);
  }
  if (out.pin_file.starts_with("file:")) out.pin_file.erase(0, 5);
  if (out.token.empty() || out.object.empty() || out.module.empty() || out.pin_file.empty())
    return fail(Errc::invalid, "pkcs11 URI: token=, object=, module-path= and pin-source= (a file with the PIN) are all needed");
  return out;
}

Result<std::string> read_pin(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return fail(Errc::not_found, "PIN file " + path + ": " + std::strerror(errno));
  std::string pin(256, '\0');
  const ssize_t n = ::read(fd, pin.data(), pin.size());
  ::close(fd);
  if (n <= 0) return fail(Errc::invalid, "PIN file " + path + " cannot be read or is empty");
  pin.resize(std::size_t(n));
  return std::string(trim(pin));
}

Error refused(const std::string& what, CK_RV rv) {
  char code[32];
  std::snprintf(code, sizeof code, "0x%lx", rv);
  const Errc kind = rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED ? Errc::denied : Errc::unavailable;
  return fail(kind, "the PKCS#11 token: " + what + " failed with " + code +
                        (rv == CKR_PIN_INCORRECT ? " (wrong PIN)" : rv == CKR_PIN_LOCKED ? " (the PIN is locked)" : ""));
}

CK_BYTE_PTR token_bytes(std::string& s) { return reinterpret_cast<CK_BYTE_PTR>(s.data()); }

// Loaded once for the process, however many keys of it are open: C_Finalize would end the sessions of all.
struct TokenModule {
  void* handle = nullptr;
  CK_FUNCTION_LIST_PTR functions = nullptr;
  bool initialized = false;
  TokenModule() = default;
  TokenModule(const TokenModule&) = delete;
  TokenModule& operator=(const TokenModule&) = delete;
  ~TokenModule() {
    if (initialized) functions->C_Finalize(nullptr);
    if (handle != nullptr) ::dlclose(handle);
  }
};

Result<void> load(TokenModule& m, const std::string& path) {
  m.handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (m.handle == nullptr) return fail(Errc::not_found, "the PKCS#11 module " + path + " cannot be loaded: " + ::dlerror());
  const auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(m.handle, "C_GetFunctionList"));
  if (get == nullptr || get(&m.functions) != CKR_OK) return fail(Errc::invalid, path + " is not a PKCS#11 module");
  CK_C_INITIALIZE_ARGS threads{};
  threads.flags = CKF_OS_LOCKING_OK;
  const CK_RV rv = m.functions->C_Initialize(&threads);
  m.initialized = rv == CKR_OK;  // somebody else's is theirs to end
  if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED) return refused("C_Initialize", rv);
  return {};
}

Result<std::shared_ptr<TokenModule>> module_at(const std::string& path) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<TokenModule>> loaded;
  const std::lock_guard lock(mutex);
  if (auto known = loaded[path].lock()) return known;
  auto made = std::make_shared<TokenModule>();
  if (auto done = load(*made, path); !done) return done.error();
  loaded[path] = made;
  return made;
}

class PkcsToken final : public Token {
 public:
  ~PkcsToken() override {
    if (session_ != 0) functions_->C_CloseSession(session_);
  }

  Result<void> connect(const TokenUri& uri, Key kind) {
    id_ = "pkcs11:" + uri.token + "/" + uri.object;
    auto loaded = module_at(uri.module);
    if (!loaded) return loaded.error();
    module_ = *std::move(loaded);
    functions_ = module_->functions;
    auto slot = find_slot(uri.token);
    if (!slot) return slot.error();
    CK_RV rv = functions_->C_OpenSession(*slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session_);
    if (rv != CKR_OK) return refused("C_OpenSession", rv);
    auto pin = read_pin(uri.pin_file);
    if (!pin) return pin.error();
    rv = functions_->C_Login(session_, CKU_USER, token_bytes(*pin), pin->size());
    wipe(*pin);
    if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN) return refused("C_Login", rv);
    return find_key(uri.object, kind);
  }

  std::string id() const override { return id_; }

  Result<std::string> encrypt(std::string_view nonce, std::string_view bound, std::string_view text) const override {
    return gcm(nonce, bound, text, text.size() + kGcmTag, functions_->C_EncryptInit, functions_->C_Encrypt, "C_Encrypt");
  }
  Result<std::string> decrypt(std::string_view nonce, std::string_view bound, std::string_view sealed) const override {
    return gcm(nonce, bound, sealed, sealed.size(), functions_->C_DecryptInit, functions_->C_Decrypt, "C_Decrypt");
  }
  Result<std::string> sign(Scheme scheme, std::string_view input) const override {
    const std::lock_guard lock(mutex_);
    CK_MECHANISM mechanism{scheme == Scheme::rsa_sha256 ? CKM_SHA256_RSA_PKCS : CKM_ECDSA, nullptr, 0};
    std::string in(input), out(1024, '\0');  // RSA of 8192 bits
    CK_RV rv = functions_->C_SignInit(session_, &mechanism, key_);
    CK_ULONG size = out.size();
    if (rv == CKR_OK) rv = functions_->C_Sign(session_, token_bytes(in), in.size(), token_bytes(out), &size);
    if (rv != CKR_OK) return refused("C_Sign", rv);
    out.resize(size);
    return out;
  }

 private:
  template <class Init, class Work>
  Result<std::string> gcm(std::string_view nonce, std::string_view bound, std::string_view input, std::size_t room, Init init, Work work,
                          const char* what) const {
    const std::lock_guard lock(mutex_);
    std::string iv(nonce), aad(bound), in(input), out(room, '\0');
    CK_GCM_PARAMS parameters{token_bytes(iv), iv.size(), iv.size() * 8, token_bytes(aad), aad.size(), kGcmTag * 8};
    CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
    CK_RV rv = init(session_, &mechanism, key_);
    CK_ULONG size = out.size();
    if (rv == CKR_OK) rv = work(session_, token_bytes(in), in.size(), token_bytes(out), &size);
    wipe(in);
    if (rv != CKR_OK) return refused(what, rv);
    out.resize(size);
    return out;
  }

  Result<CK_SLOT_ID> find_slot(const std::string& label) const {
    CK_SLOT_ID slots[64];
    CK_ULONG count = std::size(slots);
    const CK_RV rv = functions_->C_GetSlotList(CK_TRUE, slots, &count);
    if (rv != CKR_OK) return refused("C_GetSlotList", rv);
    for (CK_ULONG i = 0; i < count; ++i) {
      CK_TOKEN_INFO info{};
      if (functions_->C_GetTokenInfo(slots[i], &info) != CKR_OK) continue;
      std::string_view name(reinterpret_cast<const char*>(info.label), sizeof info.label);  // padded with blanks
      name = name.substr(0, name.find_last_not_of(' ') + 1);
      if (name == label) return slots[i];
    }
    return fail(Errc::not_found, "no PKCS#11 token \"" + label + "\" is present: plug it in, or mend token= in its pkcs11 URI");
  }

  Result<void> find_key(const std::string& label, Key wanted_kind) {
    const bool aes = wanted_kind == Key::aes;
    CK_OBJECT_CLASS kind = aes ? CKO_SECRET_KEY : CKO_PRIVATE_KEY;
    CK_KEY_TYPE type = CKK_AES;
    std::string name = label;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &kind, sizeof kind}, {CKA_LABEL, name.data(), name.size()}, {CKA_KEY_TYPE, &type, sizeof type}};
    CK_RV rv = functions_->C_FindObjectsInit(session_, wanted, aes ? 3 : 2);
    if (rv != CKR_OK) return refused("C_FindObjectsInit", rv);
    CK_OBJECT_HANDLE found[2];
    CK_ULONG count = 0;
    rv = functions_->C_FindObjects(session_, found, std::size(found), &count);
    functions_->C_FindObjectsFinal(session_);
    if (rv != CKR_OK) return refused("C_FindObjects", rv);
    const std::string sort = aes ? "AES key" : "private key";
    if (count == 0) return fail(Errc::not_found, "the PKCS#11 token holds no " + sort + " \"" + label + "\"");
    if (count > 1) return fail(Errc::conflict, "the PKCS#11 token holds several " + sort + "s \"" + label + "\": give them different labels");
    key_ = found[0];
    return {};
  }

  std::string id_;
  std::shared_ptr<TokenModule> module_;
  CK_FUNCTION_LIST_PTR functions_ = nullptr;
  CK_SESSION_HANDLE session_ = 0;
  CK_OBJECT_HANDLE key_ = 0;
  mutable std::mutex mutex_;
};

}  // namespace

Result<std::unique_ptr<Token>> Token::open(std::string_view uri, Key kind) {
  auto parsed = parse_token(uri);
  if (!parsed) return parsed.error();
  auto token = std::make_unique<PkcsToken>();
  if (auto done = token->connect(*parsed, kind); !done) return done.error();
  return std::unique_ptr<Token>(std::move(token));
}

}  // namespace base
