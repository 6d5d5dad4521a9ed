/** The servers' image as CDK takes it. Which one: config. */
import { MachineImage } from 'aws-cdk-lib/aws-ec2';
import { serverImage } from '../config/images';

export const machineImage = (region: string) => {
  const image = serverImage(region);
  return 'id' in image
    ? MachineImage.genericLinux({ [region]: image.id })
    : MachineImage.resolveSsmParameterAtLaunch(image.parameter);
};
