export { joinReports } from './join';
export { statusPage, type PageOptions } from './page';
export {
	getReport,
	type CheckReport,
	type Report,
	type ReportOptions,
	type Said,
	type Slice,
} from './report';
