/** Personal links in messages; see ../links. */
export { personalLink } from '../links/personal-link.ts'
