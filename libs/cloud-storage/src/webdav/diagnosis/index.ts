export {
  diagnoseWebDav,
  type WebDavDiagnosis,
  type WebDavDiagnosisOptions,
} from './diagnose-web-dav.js';
export { type WebDavFinding } from './finding.js';
export { type WebDavRecipe, type WebDavServer } from './recipes.js';
