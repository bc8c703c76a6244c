import { CfnOutput, type Stack } from 'aws-cdk-lib';
import type { CopyOut } from './copyout.ts';

/** What the users of `copyout start` and the owners of destinations have to know. */
export function addOutputs(stack: Stack, copyOut: CopyOut): void {
  const { stateMachineArn } = copyOut.stateMachine;
  new CfnOutput(stack, 'StateMachineArn', { value: stateMachineArn });
  new CfnOutput(stack, 'WorkFolder', { value: copyOut.workFolder });
  new CfnOutput(stack, 'TaskRoleArn', {
    description: 'Destination buckets in other accounts have to let this role in',
    value: copyOut.taskRole.roleArn,
  });
  new CfnOutput(stack, 'Environment', {
    description: 'For copyout start and copyout status',
    value: `export COPYOUT_STATE_MACHINE=${stateMachineArn} COPYOUT_WORK=${copyOut.workFolder}`,
  });
}
