// Writes tests/fixtures/x-education-sample.csv: invented leads in the shape of the X Education file (its header, its spellings
// of unknown, its kinds of values). No row or person of the real file is in it. `node scripts/generate-sample-leads.ts` makes
// the same bytes each time.
import { writeFileSync } from 'node:fs'

const count = 300
let state = 20_260_101
/** 0 ≤ x < 1, the same sequence each time (Park and Miller's generator). */
function random(): number {
  state = (state * 48_271) % 2_147_483_647
  return state / 2_147_483_647
}
/** One of the values; a value that is listed twice comes twice as often. */
function pick<Value>(...values: Value[]): Value {
  return values[Math.floor(random() * values.length)] as Value
}
const chance = (share: number): boolean => random() < share
const yes = (share: number): string => (chance(share) ? 'Yes' : 'No')
const hex = (length: number): string => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('')

function lead(index: number): Record<string, string> {
  const visits = chance(0.2) ? 0 : 1 + Math.floor(random() * 9)
  const isCustomer = chance(0.2)
  return {
    'Prospect ID': `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    'Lead Number': String(900_001 + index),
    'Lead Origin': pick('Landing Page Submission', 'Landing Page Submission', 'API', 'Lead Add Form', 'Lead Import'),
    'Lead Source': pick('Google', 'Direct Traffic', 'Olark Chat', 'Organic Search', 'Reference', ''),
    'Do Not Email': yes(0.12),
    'Do Not Call': yes(0.02),
    Converted: isCustomer ? '1' : '0',
    TotalVisits: chance(0.02) ? '' : String(visits),
    'Total Time Spent on Website': String(visits * Math.floor(random() * 300)),
    'Page Views Per Visit': chance(0.02) ? '' : String(visits === 0 ? 0 : pick(1, 1.5, 2, 2.5, 3)),
    'Last Activity': pick(
      'Email Opened',
      'SMS Sent',
      'Olark Chat Conversation',
      'Page Visited on Website',
      'Converted to Lead',
      '',
    ),
    Country: pick('India', 'India', 'United Kingdom', 'Singapore', 'unknown', ''),
    Specialization: pick('Select', 'Finance Management', 'Marketing Management', 'Supply Chain Management', ''),
    'How did you hear about X Education': pick('Select', 'Select', 'Online Search', 'Word Of Mouth', ''),
    'What is your current occupation': pick('Unemployed', 'Working Professional', 'Student', ''),
    'What matters most to you in choosing a course': pick('Better Career Prospects', 'Flexibility & Convenience', ''),
    Search: yes(0.01),
    Magazine: 'No',
    'Newspaper Article': 'No',
    'X Education Forums': 'No',
    Newspaper: 'No',
    'Digital Advertisement': yes(0.01),
    'Through Recommendations': yes(0.01),
    'Receive More Updates About Our Courses': 'No',
    Tags: isCustomer
      ? pick('Closed by Horizzon', 'Will revert after reading the email')
      : pick('', '', 'Ringing', 'Busy', 'Already a student'),
    'Lead Quality': pick('', 'Might be', 'Not Sure', 'High in Relevance', 'Worst'),
    'Update me on Supply Chain Content': 'No',
    'Get updates on DM Content': 'No',
    'Lead Profile': pick('Select', 'Potential Lead', 'Other Leads', ''),
    City: pick('Mumbai', 'Select', 'Thane & Outskirts', 'Other Cities', 'Tier II Cities', ''),
    'Asymmetrique Activity Index': pick('', '01.High', '02.Medium', '03.Low'),
    'Asymmetrique Profile Index': pick('', '01.High', '02.Medium'),
    'Asymmetrique Activity Score': pick('', '13', '14', '15'),
    'Asymmetrique Profile Score': pick('', '15', '18', '20'),
    'I agree to pay the amount through cheque': 'No',
    'A free copy of Mastering The Interview': yes(0.3),
    'Last Notable Activity': pick('Modified', 'Email Opened', 'SMS Sent', 'Page Visited on Website', 'Unsubscribed'),
  }
}

const rows = Array.from({ length: count }, (_, index) => lead(index))
const lines = [Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row))].map((cells) => cells.join(','))
writeFileSync(new URL('../tests/fixtures/x-education-sample.csv', import.meta.url), `${lines.join('\n')}\n`)
