/** Every operation of the API, in the order of the reference page. */
import { acceptInvitation, getSession, invitePerson, signIn, signOut } from './access.ts'
import { listAudit } from './audit.ts'
import { getDelivery, listDeliveries } from './deliveries.ts'
import { controlEnrollment, enrollLead, listEnrollments } from './enrollments.ts'
import { ingestEvents } from './events.ts'
import { getHealth, getReady } from './health.ts'
import { handleReplies, listInboundMail } from './inbound.ts'
import { getJourney, listJourneys, listJourneyVersions } from './journeys.ts'
import {
  getIngestSettings,
  ingestAlias,
  ingestBatch,
  ingestGroup,
  ingestIdentify,
  ingestImport,
  ingestPage,
  ingestTrack,
  putIngestSettings,
} from './ingest.ts'
import { createKey, listKeys, revokeKey } from './keys.ts'
import { getLead, listLeads, upsertLead } from './leads.ts'
import { addCue, addNote, changeTags, listCues, listNotes, saveCues } from './notes.ts'
import {
  getPerson,
  listNotifications,
  listPeople,
  listQueues,
  removeQueue,
  renewWebhookSecret,
  savePerson,
  saveQueue,
} from './people.ts'
import type { Route } from './route.ts'
import { previewSegment } from './segments.ts'
import { changeAllowList, changeSendingStop, getSending, setCompanyHold, setLiveSending } from './sending.ts'
import { getStatus } from './status.ts'
import { listSteps } from './steps.ts'
import {
  claimTask,
  commentTask,
  completeTask,
  countTasks,
  getTask,
  listTasks,
  reassignTask,
  releaseTask,
  snoozeTask,
  takeNextTask,
  undoOutcome,
} from './tasks.ts'
import { getLeadTimeline } from './timeline.ts'
import {
  changeWebhook,
  createIncomingHook,
  createWebhook,
  deleteIncomingHook,
  deleteWebhook,
  listIncomingHooks,
  listWebhookCalls,
  listWebhooks,
  pingWebhook,
  repeatWebhookCall,
} from './webhooks.ts'

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
  ingestIdentify,
  ingestTrack,
  ingestPage,
  ingestGroup,
  ingestAlias,
  ingestBatch,
  ingestImport,
  getIngestSettings,
  putIngestSettings,
  listLeads,
  upsertLead,
  getLead,
  getLeadTimeline,
  listNotes,
  addNote,
  addCue,
  changeTags,
  listCues,
  saveCues,
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
  countTasks,
  getTask,
  claimTask,
  releaseTask,
  snoozeTask,
  reassignTask,
  commentTask,
  completeTask,
  undoOutcome,
  takeNextTask,
  listPeople,
  getPerson,
  savePerson,
  renewWebhookSecret,
  listNotifications,
  listQueues,
  saveQueue,
  removeQueue,
  getSending,
  setLiveSending,
  setCompanyHold,
  changeAllowList,
  changeSendingStop,
  previewSegment,
  listSteps,
  listWebhooks,
  createWebhook,
  changeWebhook,
  deleteWebhook,
  pingWebhook,
  listWebhookCalls,
  repeatWebhookCall,
  listIncomingHooks,
  createIncomingHook,
  deleteIncomingHook,
} as const satisfies Record<string, Route>
