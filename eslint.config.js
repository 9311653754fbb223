// What `make lint` asks of the scripts: names that exist and are used, and lines as long as Python's.
import globals from "globals";

const PAGE = "explorer/ui/web/**/*.js";
const TESTS = "tests/**/*.js";

export default [
  { ignores: [".venv/", "node_modules/", "runs/", "data/"] },
  {
    files: [PAGE, TESTS, "*.js"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-undef": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", caughtErrors: "all", caughtErrorsIgnorePattern: "^_" }],
      "no-redeclare": "error",
      "no-var": "error",
      "prefer-const": "error",
      eqeqeq: "error",
      "no-implied-eval": "error",
      "no-eval": "error",
      "max-len": ["error", { code: 120, ignoreUrls: true }],
    },
  },
  { files: [PAGE], languageOptions: { globals: globals.browser } },
  { files: ["explorer/ui/web/**/*worker.js"], languageOptions: { globals: globals.worker } },
  { files: [TESTS, "*.js"], languageOptions: { globals: globals.node } },
];
