/** Raw messages as they come in, written for the tests of this folder and of tests/db/inbound. */

export interface RawMail {
  from?: string
  to?: string
  subject?: string
  text?: string
  id?: string
  headers?: Record<string, string>
}

/** A plain message. */
export function rawMail({
  from = 'Ada <ada@example.org>',
  to = 'hello@company.example',
  ...more
}: RawMail = {}): Buffer {
  const {
    subject = 'Re: Hello',
    text = 'Yes, please call me on Tuesday.',
    id = '<r1@example.org>',
    headers = {},
  } = more
  const lines = {
    From: from,
    To: to,
    Subject: subject,
    'Message-ID': id,
    Date: 'Mon, 02 Nov 2026 10:00:00 +0000',
    'MIME-Version': '1.0',
    'Content-Type': 'text/plain; charset=utf-8',
    ...headers,
  }
  const head = Object.entries(lines).flatMap(([name, value]) => (value === '' ? [] : [`${name}: ${value}`]))
  return Buffer.from([...head, '', ...text.split('\n'), ''].join('\r\n'))
}

/** A delivery status notification (RFC 3464) with the headers of what it is about. */
export function rawBounce(about: {
  messageId: string
  action?: string
  status?: string
  diagnostic?: string
  id?: string
  recipient?: string
}): Buffer {
  const { messageId, action = 'failed', status = '5.1.1', recipient = 'ada@example.org' } = about
  return report('delivery-status', about.id ?? '<b1@mx.example>', [
    ['text/plain', 'This is the mail system.\n\nI could not deliver your message. Unsubscribe? STOP'],
    [
      'message/delivery-status',
      [
        'Reporting-MTA: dns; mx.example',
        'Arrival-Date: Mon, 2 Nov 2026 10:00:00 +0000',
        '',
        `Final-Recipient: rfc822; ${recipient}`,
        `Action: ${action}`,
        `Status: ${status}`,
        ...(about.diagnostic === undefined ? [] : [`Diagnostic-Code: smtp; ${about.diagnostic}`]),
      ].join('\n'),
    ],
    ['text/rfc822-headers', `From: hello@company.example\nTo: ${recipient}\nMessage-ID: ${messageId}\nSubject: Hello`],
  ])
}

/** A complaint (RFC 5965). */
export function rawComplaint(about: { messageId: string; type?: string; id?: string }): Buffer {
  return report('feedback-report', about.id ?? '<c1@fbl.example>', [
    ['text/plain', 'This is an email abuse report.'],
    ['message/feedback-report', `Feedback-Type: ${about.type ?? 'abuse'}\nUser-Agent: Example/1.0\nVersion: 1`],
    ['message/rfc822', `From: hello@company.example\nMessage-ID: ${about.messageId}\nSubject: Hello\n\nHello Ada`],
  ])
}

function report(type: string, id: string, parts: [contentType: string, text: string][]): Buffer {
  const boundary = '=_report'
  const lines = [
    'From: MAILER-DAEMON@mx.example',
    'To: bounces@company.example',
    'Subject: Report',
    `Message-ID: ${id}`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=${type};`,
    `\tboundary="${boundary}"`,
    '',
    ...parts.flatMap(([contentType, text]) => [
      `--${boundary}`,
      `Content-Type: ${contentType}`,
      '',
      ...text.split('\n'),
      '',
    ]),
    `--${boundary}--`,
    '',
  ]
  return Buffer.from(lines.join('\r\n'))
}
