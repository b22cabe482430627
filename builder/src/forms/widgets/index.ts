/** A component for each control that a plan may name. */
import type { Widgets } from '../form-context.tsx'
import { AnswersField } from './answers.tsx'
import { ChoiceField, ChoicesField, DecisionField, SwitchField } from './choice.tsx'
import { DurationField } from './duration.tsx'
import { FiltersField } from './filters.tsx'
import { GroupField } from './group.tsx'
import { JsonField } from './json.tsx'
import { ListField } from './list.tsx'
import { MoneyField, NumberField, OffsetField, SliderField } from './number.tsx'
import { PickField, PickManyField, WordsField } from './pick.tsx'
import { RecordField } from './record.tsx'
import { CasesField, RuleSetting } from './rule.tsx'
import { LineField, MessageField } from './template.tsx'
import { ParagraphField, TextField } from './text.tsx'
import { DateField, DateTimeField, TimeField, WeekdaysField, WindowField } from './time.tsx'
import { UnionField } from './union.tsx'
import { ScalarField, ValueField } from './value.tsx'

export const widgets: Widgets = {
  text: TextField,
  email: TextField,
  url: TextField,
  paragraph: ParagraphField,
  line: LineField,
  message: MessageField,
  number: NumberField,
  slider: SliderField,
  money: MoneyField,
  offset: OffsetField,
  switch: SwitchField,
  decision: DecisionField,
  choice: ChoiceField,
  choices: ChoicesField,
  words: WordsField,
  duration: DurationField,
  time: TimeField,
  weekdays: WeekdaysField,
  window: WindowField,
  date: DateField,
  datetime: DateTimeField,
  pick: PickField,
  pickMany: PickManyField,
  rule: RuleSetting,
  cases: CasesField,
  answers: AnswersField,
  filters: FiltersField,
  value: ValueField,
  scalar: ScalarField,
  list: ListField,
  group: GroupField,
  record: RecordField,
  union: UnionField,
  json: JsonField,
}
