// What the compiler lets pass. Rules are off only where they fight the house's own manner.
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules/**", "*.mjs", "client/api.gen.ts"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: "./tsconfig.tests.json", tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", 60],
      "no-console": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-restricted-globals": ["error", "localStorage", "sessionStorage", "indexedDB"],
      "no-restricted-properties": [
        "error",
        { property: "innerHTML" },
        { property: "outerHTML" },
        { property: "insertAdjacentHTML" },
        { property: "srcdoc" },
        { property: "dangerouslySetInnerHTML" },
        { object: "document", property: "cookie" },
        { object: "document", property: "write" },
      ],
      "@typescript-eslint/no-confusing-void-expression": "off",
      // A reason to abort is whatever the caller gave; it is passed on as it is.
      "@typescript-eslint/prefer-promise-reject-errors": [
        "error",
        { allowThrowingAny: true, allowThrowingUnknown: true },
      ],
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-meaningless-void-operator": "off",
    },
  },
  {
    files: ["**/tests/**", "**/test/**"],
    rules: {
      "max-lines-per-function": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      // node:test gives a promise that it sees to itself.
      "@typescript-eslint/no-floating-promises": "off",
    },
  },
);
