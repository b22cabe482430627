/** Every operation of the API, in the order of the reference page. */
import { acceptInvitation, getSession, invitePerson, signIn, signOut } from './access.ts'
import { listAudit } from './audit.ts'
import { getDelivery, listDeliveries } from './deliveries.ts'
import { controlEnrollment, enrollLead, listEnrollments } from './enrollments.ts'
import { ingestEvents } from './events.ts'
import { getHealth, getReady } from './health.ts'
import { handleReplies, listInboundMail } from './inbound.ts'
import { getJourney, listJourneys, listJourneyVersions } from './journeys.ts'
import { createKey, listKeys, revokeKey } from './keys.ts'
import { getLead, listLeads, upsertLead } from './leads.ts'
import type { Route } from './route.ts'
import { previewSegment } from './segments.ts'
import { changeAllowList, changeSendingStop, getSending, setCompanyHold, setLiveSending } from './sending.ts'
import { getStatus } from './status.ts'
import { listSteps } from './steps.ts'
import { completeTask, listTasks } from './tasks.ts'
import { getLeadTimeline } from './timeline.ts'

export const routes = {
  getHealth,
  getReady,
  getStatus,
  getSession,
  signIn,
  signOut,
  invitePerson,
  acceptInvitation,
  listKeys,
  createKey,
  revokeKey,
  listAudit,
  ingestEvents,
  listLeads,
  upsertLead,
  getLead,
  getLeadTimeline,
  listJourneys,
  getJourney,
  listJourneyVersions,
  listEnrollments,
  enrollLead,
  controlEnrollment,
  listDeliveries,
  getDelivery,
  listInboundMail,
  handleReplies,
  listTasks,
  completeTask,
  getSending,
  setLiveSending,
  setCompanyHold,
  changeAllowList,
  changeSendingStop,
  previewSegment,
  listSteps,
} as const satisfies Record<string, Route>
