export { ask, page, pageSchema, toCursor, type Page, type PageOptions } from '../store';
