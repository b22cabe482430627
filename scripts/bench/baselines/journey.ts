/** The measured journey, once for everybody: three mails with waits between them, a branch, a tag, a task. */

/** Each wait; long enough that a busy machine still wakes every lead once per wait. */
const waitSeconds = 5
export const waitMs = waitSeconds * 1000
/** Waits, so timers, per lead. */
export const waitsPerLead = 3
export const tag = 'warm lead'
export const taskTitle = 'Call this lead'

/** The three mails, by step. */
export const mails: Record<'mail1' | 'mail2' | 'mail3', { subject: string; body: string }> = {
  mail1: { subject: 'Welcome', body: 'Hello {{ lead.first_name }}, good to have you.' },
  mail2: { subject: 'How it works', body: 'Hello {{ lead.first_name }}, here is how it works.' },
  mail3: { subject: 'Shall we talk?', body: 'Hello {{ lead.first_name }}, shall we talk?' },
}

/** The journey as the canvas saves it. */
export function journeyGraph(): unknown {
  const mail = (id: keyof typeof mails) => ({ id, type: 'send_email', config: { ...mails[id], purpose: 'nurture' } })
  const wait = (id: string) => ({ id, type: 'wait', config: { duration: `PT${String(waitSeconds)}S` } })
  const stages = { kind: 'compare', field: 'stage', op: 'in', value: ['new', 'engaged'] }
  return {
    format: 1,
    nodes: [
      { id: 'start', type: 'entry', config: { triggers: [{ id: 'manual', kind: 'manual' }] } },
      mail('mail1'),
      wait('wait1'),
      { id: 'branch', type: 'branch', config: { cases: [{ id: 'open', name: 'Open', when: stages }] } },
      { id: 'tag', type: 'add_tag', config: { tag } },
      mail('mail2'),
      wait('wait2'),
      mail('mail3'),
      wait('wait3'),
      { id: 'task', type: 'create_task', config: { title: taskTitle, sla: 'PT8H' } },
      { id: 'end', type: 'exit', config: { reason: 'Done' } },
    ],
    edges: [
      ['start', 'next', 'mail1'],
      ['mail1', 'next', 'wait1'],
      ['wait1', 'next', 'branch'],
      ['branch', 'case:open', 'tag'],
      ['branch', 'else', 'mail2'],
      ['tag', 'next', 'mail2'],
      ['mail2', 'next', 'wait2'],
      ['wait2', 'next', 'mail3'],
      ['mail3', 'next', 'wait3'],
      ['wait3', 'next', 'task'],
      ['task', 'next', 'end'],
    ].map(([from, port, to]) => ({ from, port, to })),
    settings: { reenrollment: { policy: 'always' }, spreadMinutes: 0 },
  }
}
