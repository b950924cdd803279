// Takes all storage away, and notes each touch of it.
window.touched = [];
for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches", "cookieStore"])
  Object.defineProperty(window, name, {
    get() {
      touched.push(name);
      throw new DOMException("blocked", "SecurityError");
    },
  });
Object.defineProperty(Document.prototype, "cookie", {
  get() {
    touched.push("cookie");
    return "";
  },
  set() {
    touched.push("cookie");
  },
});
