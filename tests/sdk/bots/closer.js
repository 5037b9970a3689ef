'use strict';
// Says goodbye and closes every conversation that it gets: all of it, or, with `survey`, only the
// main dialog, so that the survey follows.

const staying = require('./staying');

function ending(task, dialogId) {
  if (!task.survey) return { field: 'ConversationStateField', conversationState: 'CLOSE' };
  return { field: 'DialogChange', type: 'UPDATE', dialog: { dialogId, state: 'CLOSE' } };
}

function begin(agent, task) {
  staying.acceptAll(agent);
  staying.meet(agent, (_, conversationId) => {
    staying.say(agent, conversationId, 'Goodbye.', () => {
      staying.change(agent, conversationId, [ending(task, conversationId)], () => {
        staying.print({ did: 'end', conversationId });
      });
    });
  });
}

staying.run({ begin, arrive: staying.work });
