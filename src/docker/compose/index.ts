export { ComposeProjects, type ProjectOptions, type ProjectUpdateOptions } from './projects';
export type { ProjectContainer, ProjectDetails, ProjectPart, ProjectResult, ProjectSummary } from './result';
export { refuseIncomplete } from './verdict';
