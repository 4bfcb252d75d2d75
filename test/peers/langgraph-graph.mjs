import { END, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { ChatOpenAI } from '@langchain/openai';
import { providerUrl } from './bench-child.mjs';

/** One node that calls the model which the run's configuration names. */
export const graph = new StateGraph(MessagesAnnotation)
  .addNode('answer', async (state, config) => {
    const model = new ChatOpenAI({
      model: config.configurable.model,
      apiKey: 'bench',
      streaming: true,
      maxRetries: 0,
      configuration: { baseURL: providerUrl },
    });
    return { messages: [await model.invoke(state.messages, config)] };
  })
  .addEdge(START, 'answer')
  .addEdge('answer', END)
  .compile();
